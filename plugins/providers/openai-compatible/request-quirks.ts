import { GatewayError } from '#core'

import { isAsked, isFields, without, type Fields } from './fields.ts'

/** A chat request on its way to a provider: its messages, and fields that are not looked at here. */
export type ChatBody = Fields & { readonly messages: readonly unknown[] }

/**
 * One way in which a provider's chat API takes less than OpenAI's, or takes it otherwise. Gives the
 * request itself back where it does not matter; `lose` is told what is left out or done otherwise.
 */
export type RequestQuirk = (request: ChatBody, lose: (field: string) => void) => ChatBody

/** The provider knows a field by another name; a value under that name already stands. */
export function renames(from: string, to: string): RequestQuirk {
  return (request) => {
    const value = request[from]
    if (value === undefined) return request
    const rest = without(request, [from])
    return value === null || isAsked(rest[to]) ? rest : { ...rest, [to]: value }
  }
}

/** OpenAI's newer name for the limit would be refused, or overlooked without a word. */
export const limitAsMaxTokens: RequestQuirk = renames('max_completion_tokens', 'max_tokens')

/** The provider takes a null for a wrong value; for OpenAI it means the same as nothing. */
export const withoutNulls: RequestQuirk = (request) =>
  without(
    request,
    Object.keys(request).filter((name) => request[name] === null),
  )

/** The provider refuses to be asked for the usage of a stream, and tells it anyway. */
export const usageComesUnasked: RequestQuirk = (request) => without(request, ['stream_options'])

/** The provider refuses or ignores fields that the answer does well without. */
export function leavesOut(...names: readonly string[]): RequestQuirk {
  return (request, lose) => {
    for (const name of names) if (isAsked(request[name])) lose(name)
    return without(request, names)
  }
}

/** The provider can not do what these fields ask for, and the answer would be another one without. */
export function refuses(title: string, ...names: readonly string[]): RequestQuirk {
  return (request) => {
    const asked = names.find((name) => isAsked(request[name]))
    if (asked === undefined) return without(request, names)
    const message = `${title} does not support "${asked}".`
    throw new GatewayError('unsupported_parameter', message, { param: asked })
  }
}

/** The provider knows only the older name of the role. */
export const developerAsSystem: RequestQuirk = (request) =>
  mapMessages(request, (message) =>
    message['role'] === 'developer' ? { ...message, role: 'system' } : message,
  )

/** The provider takes earlier reasoning back, under the name it gave it out by. */
export const reasoningBackAsReasoning: RequestQuirk = (request) =>
  mapMessages(request, (message) => {
    const words = message['reasoning_content']
    if (words === undefined) return message
    const rest = without(message, ['reasoning_content'])
    return !isAsked(words) || isAsked(rest['reasoning']) ? rest : { ...rest, reasoning: words }
  })

/**
 * The provider refuses messages with fields it does not know, so only the usual ones and these
 * stay. What an SDK echoes of an earlier answer (`refusal`, `annotations`, `audio`), and what
 * belongs to other providers, is left out.
 */
export function knowsOnly(...more: readonly string[]): RequestQuirk {
  const known = new Set(['role', 'content', 'tool_calls', 'tool_call_id', ...more])
  return (request, lose) => {
    const plain = mapMessages(request, (message) => {
      const names = Object.keys(message)
      const nulls = names.filter((name) => message[name] === null && name !== 'content')
      const unknown = names.filter((name) => !known.has(name))
      for (const name of unknown) {
        // Reasoning details are their own provider's only; nobody else is owed them.
        if (isAsked(message[name]) && name !== 'reasoning_details') lose(`messages.${name}`)
      }
      const usual = without(message, [...unknown, ...nulls])
      const uncached = mapIn(usual, 'content', (part) => withoutCacheControl(part, lose))
      return mapIn(uncached, 'tool_calls', (call) => without(call, ['extra_content']))
    })
    return mapIn(plain, 'tools', (tool) => withoutCacheControl(tool, lose))
  }
}

function withoutCacheControl(fields: Fields, lose: (field: string) => void): Fields {
  if (isAsked(fields['cache_control'])) lose('cache_control')
  return without(fields, ['cache_control'])
}

/**
 * The provider writes JSON, but not by a schema: it is asked for JSON, and the schema is told to
 * the model in words. That holds nearly always, and is named as done otherwise.
 */
export const schemaAsInstruction: RequestQuirk = (request, lose) => {
  const format = request['response_format']
  if (!isFields(format) || format['type'] !== 'json_schema') return request
  lose('response_format')
  const named = isFields(format['json_schema']) ? format['json_schema'] : {}
  const content = `Answer with one JSON object and nothing else. It satisfies this JSON schema:\n${JSON.stringify(named['schema'] ?? {})}`
  return {
    ...request,
    messages: [{ role: 'system', content }, ...request.messages],
    response_format: { type: 'json_object' },
  }
}

/** The request with each message changed; itself when none was. */
export function mapMessages(request: ChatBody, change: (message: Fields) => Fields): ChatBody {
  return mapIn(request, 'messages', change)
}

/** The objects of a list in a field, each changed; the same object when there was nothing to do. */
function mapIn<T extends Fields>(fields: T, name: string, change: (item: Fields) => Fields): T {
  const list = fields[name]
  if (!Array.isArray(list)) return fields
  const changed = list.map((item: unknown) => (isFields(item) ? change(item) : item))
  const isSame = changed.every((item, index) => item === list[index])
  return isSame ? fields : { ...fields, [name]: changed }
}
