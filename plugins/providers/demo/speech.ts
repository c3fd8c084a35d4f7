import { GatewayError, type Call, type ChatRequest } from '#core'

import { faultFor, type Fault } from './faults.ts'
import { inFormat } from './json-format.ts'
import { readLimits, wholeNumber, withinLimits, type Limits } from './limits.ts'
import { lorem } from './lorem.ts'
import { words, type Reply } from './reply.ts'
import { callTools } from './tools.ts'

/** The demo models that write text. */
export const TEXT_MODELS = ['echo', 'lorem', 'tools', 'slow', 'fail'] as const

/** What a text model is asked, by either operation. */
export interface Question {
  /** The last words of the user; undefined when there are none. */
  readonly text: string | undefined
  /** The fields of the request. */
  readonly request: { readonly [field: string]: unknown }
  /** The request as a chat, if it is one: only there tools can be called. */
  readonly chat?: ChatRequest
}

/** What a text model says, and how it goes about it. */
export interface Speech {
  readonly reply: Reply
  readonly limits: Limits
  /** Before the first word. */
  readonly delayMs: number
  /** After each word of a stream. */
  readonly wordDelayMs: number
  /** What breaks a stream off after its first words. */
  readonly fault: Fault['error'] | undefined
}

const LONGEST_DELAY_MS = 600_000

/** What the model says to the question. Throws what a real upstream's answer would have come to. */
export function speech(question: Question, call: Call, slowDelayMs: number): Speech {
  const { model, stream } = call
  const { request, text } = question
  requireText(model)
  const limits = readLimits(request)
  const fault = model === 'fail' ? faultFor(text ?? '') : undefined
  if (fault && !(fault.isMidStream && stream)) throw fault.error
  const delayMs = model === 'slow' ? delayOf(request, slowDelayMs) : 0
  const said = say(model, question, limits)
  const formatted =
    said.toolCalls.length > 0
      ? said
      : { ...said, text: inFormat(said.text, request['response_format']) }
  return {
    reply: withinLimits(formatted, limits),
    limits,
    delayMs,
    wordDelayMs: Math.round(delayMs / 10),
    fault: fault?.error,
  }
}

function say(model: string, { text, chat }: Question, limits: Limits): Reply {
  if (model === 'lorem') return lorem(limits.maxTokens)
  const called = model === 'tools' && chat ? callTools(chat) : undefined
  return called ?? words(text ?? 'There is no user message to echo.')
}

function requireText(model: string): void {
  if (TEXT_MODELS.some((name) => name === model)) return
  const message = `The model "${model}" writes no text: use ${TEXT_MODELS.join(', ')}.`
  throw new GatewayError('unsupported_parameter', message, { param: 'model' })
}

function delayOf(request: Question['request'], otherwiseMs: number): number {
  const asked = request['delay_ms'] ?? otherwiseMs
  return wholeNumber('delay_ms', asked, [0, LONGEST_DELAY_MS])
}

/** A text word by word, as a stream gives it; put together it is the text again. */
export function wordsOf(text: string): readonly string[] {
  return text.match(/\s*\S+\s*/g) ?? (text === '' ? [] : [text])
}
