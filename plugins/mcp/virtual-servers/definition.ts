/**
 * What a virtual server is made of. The fields are written alike in the config file and over HTTP, so
 * that a definition can be carried from one to the other.
 */
export interface Definition {
  readonly title?: string | undefined
  readonly description?: string | undefined
  /** What clients are told of how to use it. Those of the servers behind are not passed on. */
  readonly instructions?: string | undefined
  readonly tools?: readonly WrittenTool[] | undefined
  readonly prompts?: readonly WrittenPrompt[] | undefined
  /** `files/file:///readme.md`, or all of a server: `files/*`. */
  readonly resources?: readonly string[] | undefined
}

/** `github/search_issues`, or that with a name and texts of its own. */
export type WrittenTool = string | ({ readonly tool: string } & Renaming)
export type WrittenPrompt = string | ({ readonly prompt: string } & Renaming)

export interface Renaming {
  readonly name?: string | undefined
  readonly title?: string | undefined
  readonly description?: string | undefined
}

const reference = { type: 'string', pattern: '^[^/]+/.+$' } as const
const renaming = {
  name: { type: 'string', pattern: '^[A-Za-z\\d_.-]{1,128}$' },
  title: { type: 'string', minLength: 1 },
  description: { type: 'string', minLength: 1 },
} as const

/** The JSON Schema of a definition. What it can not say is in `plan.ts`. */
export const definitionSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    title: { type: 'string', minLength: 1 },
    description: { type: 'string' },
    instructions: { type: 'string', description: 'What clients are told of how to use it.' },
    tools: {
      type: 'array',
      description: 'Tools as "server/tool", or objects of "tool", "name" and "description".',
      maxItems: 500,
      items: {
        anyOf: [
          reference,
          {
            type: 'object',
            additionalProperties: false,
            required: ['tool'],
            properties: { tool: reference, ...renaming },
          },
        ],
      },
    },
    prompts: {
      type: 'array',
      description: 'Prompts as "server/prompt", or objects of "prompt", "name" and "description".',
      maxItems: 500,
      items: {
        anyOf: [
          reference,
          {
            type: 'object',
            additionalProperties: false,
            required: ['prompt'],
            properties: { prompt: reference, ...renaming },
          },
        ],
      },
    },
    resources: {
      type: 'array',
      description: 'Resources as "server/uri", or "server/*" for all of a server.',
      maxItems: 500,
      items: reference,
    },
  },
} as const
