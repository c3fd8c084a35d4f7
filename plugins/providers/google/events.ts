import type { ChatChunk, ChunkChoice, ChunkDelta, ReasoningDetail, ServerSentEvent } from '#core'
import { GatewayError } from '#core'

import { headOf, indexOf, partsOf } from './answer.ts'
import { blockOf, toExtras } from './extras.ts'
import { toFault } from './fault.ts'
import { toFinishReason } from './finish.ts'
import { isObject, objectsIn, parseJson, textIn, type JsonObject } from './json.ts'
import { toLogprobs } from './logprobs.ts'
import { createPartReader, type Pieces } from './pieces.ts'
import { toTokenUsage } from './usage.ts'

/** What all chunks of a stream share. */
interface ChunkHead {
  readonly id: string
  readonly object: 'chat.completion.chunk'
  readonly created: number
  readonly model: string
  readonly service_tier?: string
}

/**
 * A decoder for one stream of `streamGenerateContent?alt=sse`: each event is a whole
 * `GenerateContentResponse` with what is new. Nothing marks the end, so the usage comes when each
 * candidate that began has finished; when it still changes after that, it comes again.
 */
export function createEventReader(model: string): (event: ServerSentEvent) => readonly ChatChunk[] {
  const candidates = new Map<number, CandidateReader>()
  let head: ChunkHead | undefined
  let usage: JsonObject | undefined
  let hasEnded = false

  function begin(body: JsonObject): ChunkHead {
    const { id, tier } = headOf(body)
    return {
      id,
      object: 'chat.completion.chunk',
      created: Math.floor(Date.now() / 1000),
      model: textIn(body['modelVersion']) ?? model,
      ...(tier ? { service_tier: tier } : {}),
    }
  }

  function readerOf(index: number): CandidateReader {
    const reader = candidates.get(index) ?? createCandidateReader(index)
    candidates.set(index, reader)
    return reader
  }

  /** The usage, when it is there and nothing but usage can follow. */
  function usageAtEnd(latest: unknown): readonly JsonObject[] {
    if (isObject(latest)) usage = { ...usage, ...latest }
    const isNews = !hasEnded || isObject(latest)
    hasEnded = candidates.size > 0 && [...candidates.values()].every((one) => one.isFinished())
    return hasEnded && isNews && usage ? [usage] : []
  }

  return ({ data }) => {
    if (data === '[DONE]') return []
    const body = parseJson(data)
    if (!isObject(body)) throw notAnEvent()
    if (isObject(body['error'])) throw toFault(body['error'])
    head ??= begin(body)
    const { id } = head
    const block = blockOf(body)
    const choices = block
      ? readerOf(0).refuse(block)
      : objectsIn(body['candidates']).flatMap((candidate, position) =>
          readerOf(indexOf(candidate, position)).read(candidate, id),
        )
    const last = usageAtEnd(body['usageMetadata']).map(toTokenUsage)
    const shared = head
    return [
      ...choices.map((choice) => ({ ...shared, choices: [choice] })),
      ...last.map((total) => ({ ...shared, choices: [], usage: total })),
    ]
  }
}

/** Reads the pieces of one candidate. */
interface CandidateReader {
  read(candidate: JsonObject, answerId: string): readonly ChunkChoice[]
  refuse(block: JsonObject): readonly ChunkChoice[]
  isFinished(): boolean
}

function createCandidateReader(index: number): CandidateReader {
  const readParts = createPartReader()
  // Told once and together, at the end: OpenAI's SDK keeps only the last of what comes under a name
  // it does not know.
  const nativeParts: JsonObject[] = []
  const reasoningDetails: ReasoningDetail[] = []
  let extras: JsonObject | undefined
  let hasBegun = false
  let isFinished = false
  let calls = 0

  function toChoice(delta: ChunkDelta, logprobs?: object): ChunkChoice {
    const begun = hasBegun
      ? delta
      : { ...FIRST, ...(delta.tool_calls ? { content: null } : {}), ...delta }
    hasBegun = true
    return { index, delta: begun, finish_reason: null, ...(logprobs ? { logprobs } : {}) }
  }

  function finish(reason: ChunkChoice['finish_reason']): ChunkChoice {
    isFinished = true
    const delta = {
      ...(reasoningDetails.length > 0 ? { reasoning_details: reasoningDetails } : {}),
      ...(extras ? { extra_content: extras } : {}),
    }
    return { ...toChoice(delta), finish_reason: reason }
  }

  function read(candidate: JsonObject, answerId: string): readonly ChunkChoice[] {
    const pieces = readParts(partsOf(candidate), `${answerId}/${index}`)
    nativeParts.push(...pieces.nativeParts)
    reasoningDetails.push(...pieces.reasoningDetails)
    extras = joined(extras, toExtras(candidate, nativeParts))
    const logprobs = toLogprobs(candidate['logprobsResult'])
    const isLast = candidate['finishReason'] !== undefined
    const delta = toDelta(pieces, calls)
    calls += pieces.toolCalls.length
    const hasNews = Object.keys(delta).length > 0 || logprobs !== undefined || !hasBegun
    const news = hasNews ? [toChoice(delta, logprobs)] : []
    return isLast ? [...news, finish(toFinishReason(candidate['finishReason'], calls > 0))] : news
  }

  return {
    read,
    refuse(block) {
      if (isFinished) return []
      extras = joined(extras, block)
      return [finish('content_filter')]
    },
    isFinished: () => isFinished,
  }
}

/** Later words of Gemini's own beside the earlier ones, or in their place. */
function joined(
  before: JsonObject | undefined,
  more: JsonObject | undefined,
): JsonObject | undefined {
  if (!before || !more) return more ?? before
  const [old, latest] = [before['google'], more['google']]
  return { google: { ...(isObject(old) ? old : {}), ...(isObject(latest) ? latest : {}) } }
}

const FIRST: ChunkDelta = { role: 'assistant', content: '' }

function toDelta(pieces: Pieces, callsBefore: number): ChunkDelta {
  const { text, thoughts, toolCalls, images } = pieces
  return {
    ...(text === '' ? {} : { content: text }),
    ...(thoughts === '' ? {} : { reasoning_content: thoughts }),
    ...(toolCalls.length > 0
      ? { tool_calls: toolCalls.map((call, index) => ({ index: callsBefore + index, ...call })) }
      : {}),
    ...(images.length > 0 ? { images } : {}),
  }
}

function notAnEvent(): GatewayError {
  return new GatewayError('invalid_upstream_response', 'Google sent an event that is not JSON.')
}
