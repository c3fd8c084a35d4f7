import type { Target } from './exchange.ts'
import type { AnyRequest } from './provider.ts'

/** What the caller asks of the models: the canonical request, and its bytes while nothing changed it. */
export interface Prompt {
  readonly request: AnyRequest
  /** Absent when a guard rewrote the request. */
  readonly bytes: Buffer | undefined
}

/** Fields that speak to the gateway and never reach a provider. */
const GATEWAY_FIELDS = [
  'router',
  'extra',
  'mcp_servers',
  'mcp_mode',
  'max_retries',
  'fallbacks',
  'cache',
] as const

/** The request as a target gets it: its own parameters over the caller's, its prompts before them. */
export function requestFor(target: Target, request: AnyRequest): AnyRequest {
  const merged: Record<string, unknown> = { ...request, ...target.parameters, model: target.model }
  for (const field of GATEWAY_FIELDS) delete merged[field]
  const own = target.parameters?.['messages']
  if (Array.isArray(own) && 'messages' in request) {
    merged['messages'] = [...(own as unknown[]), ...(request.messages as unknown[])]
  }
  return merged as AnyRequest
}

/** Asks the upstream for the usage of a stream, whether or not the caller did. */
export function withUsage(request: AnyRequest): AnyRequest {
  return {
    ...request,
    stream_options: { ...streamOptions(request), include_usage: true },
  } as AnyRequest
}

/** The `stream_options` of a request that was checked. */
export function streamOptions(request: AnyRequest): { include_usage?: boolean } | null | undefined {
  return request['stream_options'] as { include_usage?: boolean } | null | undefined
}

const MODEL_KEY = Buffer.from('"model"')
const ESCAPED_LETTER = Buffer.from('\\u00')
const USAGE_OPTION = Buffer.from('"stream_options":{"include_usage":true},')

/**
 * The caller's bytes with only the model's name exchanged, and the usage of a stream asked for:
 * cheaper than writing the JSON anew, and exact to the byte. Undefined when it can not be done
 * without doubt: the target or the request has more to change, or `"model"` stands more than once.
 */
export function spliceBytes(
  prompt: Prompt,
  target: Target,
  options: { asksForUsage: boolean },
): Buffer | undefined {
  const { bytes, request } = prompt
  if (!bytes || target.parameters) return undefined
  if (GATEWAY_FIELDS.some((field) => request[field] !== undefined)) return undefined
  const addsUsage = options.asksForUsage && request['stream_options'] === undefined
  const alreadyAsks = streamOptions(request)?.include_usage === true
  if (options.asksForUsage && !addsUsage && !alreadyAsks) return undefined
  const isSameName = request.model === target.model
  if (isSameName && !addsUsage) return bytes

  const key = bytes.indexOf(MODEL_KEY)
  if (key === -1 || bytes.indexOf(MODEL_KEY, key + 1) !== -1) return undefined
  const written = Buffer.from(JSON.stringify(request.model))
  const start = bytes.indexOf(written, key + MODEL_KEY.length)
  if (start === -1 || !isColon(bytes, key + MODEL_KEY.length, start)) return undefined
  if (!isFirstKey(bytes, key) && bytes.includes(ESCAPED_LETTER)) return undefined

  return Buffer.concat([
    bytes.subarray(0, key),
    addsUsage ? USAGE_OPTION : NOTHING,
    bytes.subarray(key, start),
    isSameName ? written : Buffer.from(JSON.stringify(target.model)),
    bytes.subarray(start + written.length),
  ])
}

const NOTHING = Buffer.alloc(0)

/** Whether only white space and one colon stand between a key and its value. */
function isColon(bytes: Buffer, from: number, to: number): boolean {
  return to - from <= 16 && bytes.toString('latin1', from, to).trim() === ':'
}

/**
 * Whether the key is the first of the outermost object, so that it can be no nested one. Elsewhere
 * the only `"model"` is the outermost too, unless the outermost is written with escapes.
 */
function isFirstKey(bytes: Buffer, key: number): boolean {
  const before = key <= 64 ? bytes.toString('latin1', 0, key).trim() : ''
  return before === '{'
}
