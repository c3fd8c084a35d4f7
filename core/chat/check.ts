import type { AnyRequest, OperationName } from '../provider.ts'
import { createBodyCheck, requestProblem } from '../request-problem.ts'
import { createCheck } from '../schema.ts'

/** What the operations of models share. Unknown fields pass: the provider may know them. */
const shared = {
  model: { type: 'string', minLength: 1, maxLength: 512 },
  stream: { type: ['boolean', 'null'] },
  stream_options: {
    type: ['object', 'null'],
    properties: { include_usage: { type: 'boolean' } },
  },
  max_retries: { type: 'integer', minimum: 0, maximum: 10 },
  extra: {
    type: ['object', 'null'],
    properties: {
      user: { type: ['object', 'null'] },
      guards: {
        type: ['array', 'null'],
        items: {
          anyOf: [
            { type: 'string' },
            {
              type: 'object',
              required: ['id'],
              properties: { id: { type: 'string' }, parameters: { type: 'object' } },
            },
          ],
        },
      },
      variables: { type: ['object', 'null'] },
      session_id: { type: ['string', 'null'] },
      mcp: {
        type: ['object', 'null'],
        additionalProperties: false,
        properties: {
          max_turns: { type: ['integer', 'null'], minimum: 1 },
          max_calls: { type: ['integer', 'null'], minimum: 0 },
          max_cost: { type: ['number', 'null'], minimum: 0 },
        },
      },
    },
  },
} as const

const sampling = {
  temperature: { type: ['number', 'null'], minimum: 0, maximum: 2 },
  top_p: { type: ['number', 'null'], minimum: 0, maximum: 1 },
  max_tokens: { type: ['integer', 'null'], minimum: 1 },
  presence_penalty: { type: ['number', 'null'], minimum: -2, maximum: 2 },
  frequency_penalty: { type: ['number', 'null'], minimum: -2, maximum: 2 },
  n: { type: ['integer', 'null'], minimum: 1, maximum: 128 },
  seed: { type: ['integer', 'null'] },
  stop: { type: ['string', 'array', 'null'], items: { type: 'string' } },
} as const

const message = {
  type: 'object',
  required: ['role'],
  properties: {
    role: { enum: ['system', 'developer', 'user', 'assistant', 'tool', 'function'] },
    content: {
      type: ['string', 'array', 'null'],
      items: { type: 'object', required: ['type'], properties: { type: { type: 'string' } } },
    },
    tool_call_id: { type: 'string' },
    tool_calls: {
      type: ['array', 'null'],
      items: {
        type: 'object',
        required: ['id', 'function'],
        properties: {
          id: { type: 'string' },
          function: {
            type: 'object',
            required: ['name', 'arguments'],
            properties: { name: { type: 'string' }, arguments: { type: 'string' } },
          },
        },
      },
    },
  },
} as const

const schemas = {
  chat: {
    type: 'object',
    required: ['model', 'messages'],
    properties: {
      ...shared,
      ...sampling,
      messages: { type: 'array', minItems: 1, items: message },
      max_completion_tokens: { type: ['integer', 'null'], minimum: 1 },
      tools: {
        type: ['array', 'null'],
        items: {
          type: 'object',
          required: ['type'],
          properties: {
            type: { type: 'string' },
            function: {
              type: 'object',
              required: ['name'],
              properties: { name: { type: 'string' }, parameters: { type: ['object', 'null'] } },
            },
          },
        },
      },
      tool_choice: { type: ['string', 'object', 'null'] },
      parallel_tool_calls: { type: ['boolean', 'null'] },
      response_format: {
        type: ['object', 'null'],
        required: ['type'],
        properties: { type: { type: 'string' } },
      },
    },
  },
  completions: {
    type: 'object',
    required: ['model', 'prompt'],
    properties: { ...shared, ...sampling, prompt: { type: ['string', 'array'] } },
  },
  execute_tool: {
    type: 'object',
    required: ['model', 'arguments'],
    properties: { model: shared.model, arguments: { type: 'object' } },
  },
  embeddings: {
    type: 'object',
    required: ['model', 'input'],
    properties: {
      ...shared,
      input: { type: ['string', 'array'], minItems: 1, minLength: 1, maxItems: 2048 },
      encoding_format: { enum: ['float', 'base64'] },
      dimensions: { type: 'integer', minimum: 1 },
      user: { type: 'string' },
    },
  },
} as const

const checks = {
  chat: createBodyCheck(schemas.chat),
  completions: createBodyCheck(schemas.completions),
  embeddings: createBodyCheck(schemas.embeddings),
  execute_tool: createBodyCheck(schemas.execute_tool),
}

/** A body of an operation as its canonical request. Throws 400 with the path of what is wrong. */
export function checkRequest(operation: OperationName, body: unknown): AnyRequest {
  const request = normalise(body)
  checks[operation](request)
  return request as AnyRequest
}

const checkOwn = createCheck({
  type: 'object',
  properties: {
    ...schemas.chat.properties,
    guards: shared.extra.properties.guards,
    defaults: { type: ['object', 'null'], properties: schemas.chat.properties },
  },
})

/**
 * Fields of a request that a target has of its own, in their canonical form. Throws 400 with the path of
 * what is wrong, which begins with the given one.
 */
export function checkParameters<Parameters extends object>(
  parameters: Parameters,
  path: string,
): Parameters {
  // Most have none, and to compile the check takes as long as that of whole requests.
  if (Object.keys(parameters).length === 0) return parameters
  const own = normalise(parameters) as Parameters
  const [problem] = checkOwn(own)
  if (problem) throw requestProblem(`${path}.${problem.path}`, problem.message, problem.kind)
  return own
}

/** LangDB's documents write `"response_format": "json_object"`: the same as the object. */
function normalise(body: unknown): unknown {
  if (typeof body !== 'object' || body === null || !('response_format' in body)) return body
  const format = body.response_format
  return typeof format === 'string' ? { ...body, response_format: { type: format } } : body
}
