import { createBodyCheck, type OperationName } from '#core'

import type { Question } from './explain.ts'

const check = createBodyCheck({
  type: 'object',
  additionalProperties: false,
  required: ['request'],
  properties: {
    request: { type: 'object' },
    operation: { enum: ['chat', 'completions', 'embeddings'] },
    headers: { type: 'object', additionalProperties: { type: 'string' } },
  },
})

interface WrappedRequest {
  readonly request: object
  readonly operation?: OperationName
  readonly headers?: Readonly<Record<string, string>>
}

/**
 * A request to explain: `{ request, operation?, headers? }`, or the chat request itself, known by
 * its `model`. Throws 400; the request inside is checked as any other when it is routed.
 */
export function readQuestion(body: unknown): Omit<Question, 'caller'> {
  if (typeof body === 'object' && body !== null && 'model' in body) {
    return { request: body, operation: 'chat', headers: {} }
  }
  check(body)
  const { request, operation = 'chat', headers = {} } = body as WrappedRequest
  return { request, operation, headers: inLowerCase(headers) }
}

function inLowerCase(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  )
}
