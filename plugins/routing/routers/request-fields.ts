import type { Exchange } from '#core'

type Request = Exchange['request']

/** What is often asked of a request and stands in no single field of it. */
const DERIVED: Readonly<Record<string, (request: Request) => unknown>> = {
  message_count: (request) => messagesOf(request).length,
  last_message: (request) => textOf(messagesOf(request).at(-1)),
  has_tools: ({ tools }) => Array.isArray(tools) && tools.length > 0,
}

/**
 * A field of the request by its path: `max_tokens`, `messages.0.role`, `messages.length`, or one of
 * `message_count`, `last_message` (its text) and `has_tools`. Undefined when it is missing.
 */
export function requestField(request: Request, path: readonly string[]): unknown {
  const [name = '', ...deeper] = path
  const derive = Object.hasOwn(DERIVED, name) ? DERIVED[name] : undefined
  return derive && !Object.hasOwn(request, name)
    ? derive(request)
    : lookUp(request, [name, ...deeper])
}

/** What stands at a path in JSON; of lists and texts also the `length`. */
export function lookUp(value: unknown, path: readonly string[]): unknown {
  let found = value
  for (const name of path) {
    const hasLength = Array.isArray(found) || typeof found === 'string'
    if (name === 'length' && hasLength) found = (found as string | unknown[]).length
    else if (typeof found !== 'object' || found === null || !Object.hasOwn(found, name))
      return undefined
    else found = (found as Readonly<Record<string, unknown>>)[name]
  }
  return found
}

function messagesOf(request: Request): readonly unknown[] {
  return 'messages' in request && Array.isArray(request.messages) ? request.messages : []
}

function textOf(message: unknown): string | undefined {
  const content = lookUp(message, ['content'])
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return undefined
  const texts = content.map((part: unknown) => lookUp(part, ['text']))
  return texts.filter((text) => typeof text === 'string').join('\n')
}
