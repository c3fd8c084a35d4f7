import type { Answer } from './answer.ts'
import { GATEWAY_FIELDS } from './gateway-fields.ts'
import type { ActiveGuard } from './guarding/active-guard.ts'
import type { MaybePromise } from './maybe-promise.ts'
import type { AnyRequest } from './provider.ts'
import { applyParameters } from './target-parameters.ts'
import type { Target } from './target.ts'

/** What the caller asks of the models: the canonical request, and its text while nothing changed it. */
export interface Prompt {
  readonly request: AnyRequest
  /** Absent when a guard rewrote the request, or the target has parameters of its own. */
  readonly text: string | undefined
}

/** A target and what it is to be asked. */
export interface Planned {
  readonly target: Target
  readonly prompt: Prompt
  /** The guards that the target brings along, which have read the prompt or will. */
  readonly guards?: readonly ActiveGuard[]
  /** Lets guards read the prompt when its turn comes. Throws 446: the next target may be let through. */
  reviewPrompt?(): MaybePromise<Prompt>
  /** Lets the guards that the target brings along read its answer. Throws 446. */
  reviewAnswer?(answer: Answer): MaybePromise<Answer>
}

/** Fields of a target's own that a model reads, and so every guard must. */
const CONTENT_FIELDS = ['messages', 'last_user_message', 'tools', 'prompt', 'input'] as const

export function bringsContent({ parameters }: Target): boolean {
  if (!parameters) return false
  const defaults = Object(parameters['defaults']) as Record<string, unknown>
  return CONTENT_FIELDS.some((field) => (parameters[field] ?? defaults[field]) !== undefined)
}

/** The request with a target's own parameters over the caller's, and its messages before them. */
export function withParameters(target: Target, request: AnyRequest): AnyRequest {
  return target.parameters ? applyParameters(request, target.parameters) : request
}

/** What a target is to be asked: the caller's own text as long as its parameters change nothing. */
export function promptOf(target: Target, prompt: Prompt): Prompt {
  const request = withParameters(target, prompt.request)
  return request === prompt.request ? prompt : { request, text: undefined }
}

/** The request as a provider gets it: by its own name of the model, without what is the gateway's. */
export function requestFor(target: Target, request: AnyRequest): AnyRequest {
  const own: Record<string, unknown> = { ...request, model: target.model }
  for (const field of GATEWAY_FIELDS) delete own[field]
  return own as AnyRequest
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

const MODEL_KEY = '"model"'
const USAGE_OPTION = '"stream_options":{"include_usage":true},'
const ESCAPED_LETTER = '\\u00'

/**
 * The caller's text with only the model's name exchanged, and the usage of a stream asked for:
 * cheaper than writing the JSON anew, and exact to the letter. Undefined when it can not be done
 * without doubt: the target or the request has more to change, or `"model"` stands more than once.
 */
export function spliceText(
  prompt: Prompt,
  target: Target,
  options: { asksForUsage: boolean },
): string | undefined {
  const { text, request } = prompt
  if (text === undefined) return undefined
  if (GATEWAY_FIELDS.some((field) => request[field] !== undefined)) return undefined
  const addsUsage = options.asksForUsage && request['stream_options'] === undefined
  const alreadyAsks = streamOptions(request)?.include_usage === true
  if (options.asksForUsage && !addsUsage && !alreadyAsks) return undefined
  const isSameName = request.model === target.model
  if (isSameName && !addsUsage) return text

  const key = text.indexOf(MODEL_KEY)
  if (key === -1 || text.includes(MODEL_KEY, key + 1)) return undefined
  const start = skipColon(text, key + MODEL_KEY.length)
  const written = JSON.stringify(request.model)
  if (!text.startsWith(written, start)) return undefined
  if (!isFirstKey(text, key) && text.includes(ESCAPED_LETTER)) return undefined

  const option = addsUsage ? USAGE_OPTION : ''
  const name = JSON.stringify(target.model)
  const rest = text.slice(start + written.length)
  return text.slice(0, key) + option + text.slice(key, start) + name + rest
}

const SPACE = 0x20

/** The index after white space, one colon, and white space; of anything else when there is none. */
function skipColon(text: string, from: number): number {
  const at = skipSpace(text, from)
  return text[at] === ':' ? skipSpace(text, at + 1) : at
}

function skipSpace(text: string, from: number): number {
  let at = from
  while (text.charCodeAt(at) <= SPACE) at++
  return at
}

/**
 * Whether the key is the first of the outermost object, so that it can be no nested one. Elsewhere
 * the only `"model"` is the outermost too, unless the outermost is written with escapes.
 */
function isFirstKey(text: string, key: number): boolean {
  const open = skipSpace(text, 0)
  return text[open] === '{' && skipSpace(text, open + 1) === key
}
