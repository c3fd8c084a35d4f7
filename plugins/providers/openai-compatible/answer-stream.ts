import {
  GatewayError,
  type ChatChunk,
  type ChunkChoice,
  type ChunkDelta,
  type ServerSentEvent,
} from '#core'

import { choicesOf, readMessage, readUsage, secondsOf, type AnswerForm } from './answers.ts'
import { isFields, textOf, without, type Fields } from './fields.ts'
import { toFinishReason } from './finish-reason.ts'
import { followToolCalls, type ToolCallStream } from './tool-calls.ts'

/**
 * A decoder for one streamed answer of the provider: the canonical chunks of each event. The id and
 * the time are the first event's for the whole stream; usage comes once, at the end, without choices.
 */
export function createChunkReader(
  form: AnswerForm,
  model: string,
): (event: ServerSentEvent) => readonly ChatChunk[] {
  let head: Pick<ChatChunk, 'id' | 'object' | 'created' | 'model'> | undefined
  let isUsageTold = false
  const callsOfChoice = new Map<number, ToolCallStream>()

  function read(event: ServerSentEvent): readonly ChatChunk[] {
    if (event.data === '[DONE]' || event.data === '') return []
    const body = parse(form, event.data)
    throwIfFault(form, body)
    const { choices, usage, ...rest } = choicesOf(form, body)
    head ??= {
      id: textOf(rest['id']) ?? '',
      object: 'chat.completion.chunk',
      created: secondsOf(rest['created']),
      model: textOf(rest['model']) ?? model,
    }
    const chunk: ChatChunk = { ...rest, ...head, choices: choices.map(readChoice) }
    const chunks = choices.length > 0 || !isFields(usage) ? [chunk] : []
    if (!isFields(usage) || isUsageTold || !isLast(chunk)) return chunks
    isUsageTold = true
    return [...chunks, { ...rest, ...head, choices: [], usage: readUsage(form, usage) }]
  }

  function readChoice(choice: Fields): ChunkChoice {
    const index = typeof choice['index'] === 'number' ? choice['index'] : 0
    const isFirst = !callsOfChoice.has(index)
    const calls = callsOfChoice.get(index) ?? followToolCalls()
    callsOfChoice.set(index, calls)
    const finishReason = toFinishReason(choice['finish_reason'], form.title) ?? null
    const given = isFields(choice['delta']) ? choice['delta'] : {}
    const delta = readDelta(readMessage(form, given), calls, finishReason !== null)
    if (isFirst) delta.role = 'assistant'
    return { ...choice, index, delta, finish_reason: finishReason }
  }

  return read
}

function readDelta(message: Fields, calls: ToolCallStream, isLast: boolean): ChunkDelta {
  const pieces = calls.read(message['tool_calls']) ?? []
  if (isLast) pieces.push(...calls.missingArguments())
  const plain = without(message, ['role', 'tool_calls'])
  return pieces.length > 0 ? { ...plain, tool_calls: pieces } : { ...plain }
}

/** Some providers tell the usage so far with every event; only the last word counts. */
function isLast(chunk: ChatChunk): boolean {
  return chunk.choices.every((choice) => choice.finish_reason !== null)
}

function parse(form: AnswerForm, data: string): unknown {
  try {
    return JSON.parse(data)
  } catch (cause) {
    const message = `${form.title} sent a stream event that is not JSON.`
    throw new GatewayError('invalid_upstream_response', message, { cause })
  }
}

/** After the first byte a provider can tell of a fault only by an event. */
function throwIfFault(form: AnswerForm, body: unknown): void {
  if (!isFields(body)) return
  const fault = body['error'] ?? (body['object'] === 'error' ? body : undefined)
  if (fault === undefined || fault === null) return
  const { code, type } = isFields(fault) ? fault : {}
  const details = { upstream_code: code ?? type ?? null }
  const isRateLimit = code === 429 || /rate_?limit/i.test(`${String(code)} ${String(type)}`)
  if (isRateLimit) {
    const message = `${form.title} limits the rate of requests and broke off its answer.`
    throw new GatewayError('provider_rate_limited', message, { details })
  }
  throw new GatewayError('upstream_error', `${form.title} broke off its answer.`, { details })
}
