/**
 * What a virtual model is: where its requests go, and what it adds to them. The fields are written as
 * in a request, in the config file too, so that a definition can be carried from one to the other.
 */
export interface Definition {
  readonly description?: string | undefined
  /** Tried in order. Each is the name of a model, or an object of `model` and fields to override. */
  readonly targets?: readonly DefinedTarget[] | undefined
  /** Instead of `targets`: a router, as a request may bring one. */
  readonly router?: Fields | undefined
  /** Put before the messages of the request. `{{name}}` stands for a variable. */
  readonly messages?: readonly object[] | undefined
  readonly variables?: Variables | undefined
  /** Guards that read every request for it, by id. */
  readonly guards?: readonly (string | { readonly id: string })[] | undefined
  /** Fields that hold where the request says nothing: `temperature`, `max_tokens`, `tools`. */
  readonly parameters?: Fields | undefined
  readonly response_format?: string | Fields | undefined
  readonly mcp_servers?: readonly (string | Fields)[] | undefined
  readonly mcp_mode?: string | undefined
  readonly cache?: Fields | undefined
}

export type Fields = Readonly<Record<string, unknown>>
export type DefinedTarget = string | Fields

/** The variables of a prompt by name. One without a default must come with the request. */
export type Variables = Readonly<
  Record<string, { readonly description?: string | undefined; readonly default?: unknown }>
>

const fields = { type: 'object', additionalProperties: true } as const

/** The targets of a definition; in the config file they may stand for all of it. */
export const targetsSchema = {
  type: 'array',
  description: 'Models by name, or objects of "model" and fields to override: tried in order.',
  minItems: 1,
  items: {
    anyOf: [
      { type: 'string', minLength: 1 },
      { ...fields, required: ['model'] },
    ],
  },
} as const

/** The JSON Schema of a definition. What it can not say is in `checkDefinition`. */
export const definitionSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    description: { type: 'string' },
    targets: targetsSchema,
    router: { ...fields, description: 'Instead of "targets": a router with its "type".' },
    messages: {
      type: 'array',
      description: 'Put before the messages of the request; {{name}} stands for a variable.',
      items: {
        type: 'object',
        additionalProperties: true,
        required: ['role'],
        properties: {
          role: { enum: ['system', 'developer', 'user', 'assistant'] },
          content: { anyOf: [{ type: 'string' }, { type: 'array', items: fields }] },
          name: { type: 'string' },
        },
      },
    },
    variables: {
      type: 'object',
      description: 'What {{name}} may stand for; a request gives values in "extra.variables".',
      additionalProperties: {
        type: 'object',
        additionalProperties: false,
        properties: {
          description: { type: 'string' },
          default: { description: 'Without one, the request must give a value.' },
        },
      },
    },
    guards: {
      type: 'array',
      description: 'Guards that read every request, by id.',
      items: {
        anyOf: [
          { type: 'string', minLength: 1 },
          {
            type: 'object',
            additionalProperties: false,
            required: ['id'],
            properties: { id: { type: 'string', minLength: 1 }, parameters: fields },
          },
        ],
      },
    },
    parameters: {
      ...fields,
      description: 'Fields that hold where the request says nothing: temperature, max_tokens, …',
    },
    response_format: { anyOf: [{ enum: ['text', 'json_object'] }, fields] },
    mcp_servers: {
      type: 'array',
      items: { anyOf: [{ type: 'string', minLength: 1 }, fields] },
    },
    mcp_mode: { enum: ['tools', 'code'] },
    cache: fields,
  },
} as const
