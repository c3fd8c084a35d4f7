import { GatewayError } from './errors.ts'
import type { AnyRequest } from './provider.ts'

/**
 * Fields of a request that a target has of its own. They override the request's, all but four:
 * `messages` are put before the request's, `last_user_message` takes the place of the text that the
 * user said last, `guards` read it beside those that the request names, and
 * `defaults` are fields that hold where the request says nothing, or null.
 */
export type TargetParameters = Readonly<Record<string, unknown>>

/**
 * The parameters of a target that was named with others around it, by a virtual model or a router.
 * Of two overrides the winner's stays, but nothing takes a prompt or a guard away: messages of both
 * come, the inner ones first, and so do guards. Of two defaults the outer one is nearer the request.
 */
export function layerParameters(
  inner: TargetParameters | undefined,
  outer: TargetParameters,
  winner: 'inner' | 'outer',
): TargetParameters {
  if (!inner) return outer
  const layered = winner === 'inner' ? { ...outer, ...inner } : { ...inner, ...outer }
  for (const field of ['messages', 'guards']) {
    const lists = [inner[field], outer[field]].filter(Array.isArray)
    if (lists.length > 0) layered[field] = lists.flat()
  }
  const defaults = [inner['defaults'], outer['defaults']].filter(isObject)
  if (defaults.length > 0) layered['defaults'] = Object.assign({}, ...defaults) as unknown
  return layered
}

/** The request as a target's parameters make it; the very same when they change nothing. Throws 400. */
export function applyParameters(request: AnyRequest, parameters: TargetParameters): AnyRequest {
  const { defaults, guards: _guards, last_user_message: replaced, ...overrides } = parameters
  const changes: Record<string, unknown> = { ...missing(request, defaults), ...overrides }
  const { messages } = overrides
  if (Array.isArray(messages) || typeof replaced === 'string') {
    if (!('messages' in request)) throw noChat()
    const own: readonly unknown[] = Array.isArray(messages) ? messages : []
    changes['messages'] = [...own, ...withLastUserMessage(request.messages as Said[], replaced)]
  }
  const format = changes['response_format']
  if (typeof format === 'string') changes['response_format'] = { type: format }
  return Object.keys(changes).length > 0 ? ({ ...request, ...changes } as AnyRequest) : request
}

interface Said {
  readonly role: string
}

function withLastUserMessage(messages: readonly Said[], content: unknown): readonly unknown[] {
  if (typeof content !== 'string') return messages
  const last = messages.findLastIndex(({ role }) => role === 'user')
  const replaced = { role: 'user', content }
  return last === -1 ? [...messages, replaced] : messages.with(last, replaced)
}

/** Two names for one thing: whoever says one of them has said both. */
const SAME: Readonly<Record<string, string>> = {
  max_tokens: 'max_completion_tokens',
  max_completion_tokens: 'max_tokens',
}

function missing(request: AnyRequest, defaults: unknown): Readonly<Record<string, unknown>> {
  if (!isObject(defaults)) return {}
  const isSaid = (field: string | undefined): boolean =>
    field !== undefined && request[field] !== undefined && request[field] !== null
  return Object.fromEntries(
    Object.entries(defaults).filter(([field]) => !isSaid(field) && !isSaid(SAME[field])),
  )
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

function noChat(): GatewayError {
  const message = 'This model comes with a prompt of its own, which only a chat can begin with.'
  return new GatewayError('unsupported_parameter', message, { param: 'model' })
}
