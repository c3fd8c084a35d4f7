import { existsSync, readdirSync, readFileSync } from 'node:fs'

import { createParser } from 'eventsource-parser'

import type { ChatChunk, ChatRequest, ServerSentEvent } from '../../../core/index.ts'

const FIXTURES = new URL('../../fixtures/', import.meta.url)

/** When the expected answers of the exchanges were made: it is in them, in seconds. */
export const FIXTURE_TIME_MS = 1_764_547_200_000

/** An exchange in the published shapes: what comes in, what goes out, and the same on the far side. */
export interface Exchange {
  readonly name: string
  readonly request: ChatRequest
  readonly degraded: readonly string[]
  readonly upstreamRequest: unknown
  /** Of a whole answer. */
  readonly upstreamAnswer: unknown
  readonly answer: unknown
  /** Of a streamed one. */
  readonly upstreamStream: string | undefined
  readonly chunks: readonly ChatChunk[]
}

/** All exchanges of a folder of test/fixtures: `anthropic`, `google/exchanges`. */
export function readExchanges(folderName: string): readonly Exchange[] {
  const folder = new URL(`${folderName}/`, FIXTURES)
  return readdirSync(folder).map((name) => {
    const text = (file: string): string | undefined => {
      const url = new URL(`${name}/${file}`, folder)
      return existsSync(url) ? readFileSync(url, 'utf8') : undefined
    }
    const json = (file: string): any => JSON.parse(text(file) ?? 'null')
    const lines = text('chunks.jsonl')?.trim().split('\n') ?? []
    return {
      name,
      request: json('request.json'),
      degraded: json('degraded.json'),
      upstreamRequest: json('upstream-request.json'),
      upstreamAnswer: json('upstream-answer.json'),
      answer: json('answer.json'),
      upstreamStream: text('upstream-answer.sse'),
      chunks: lines.map((line) => JSON.parse(line)),
    }
  })
}

/** The events of a text that comes in the given pieces. */
export function parseEvents(...pieces: string[]): ServerSentEvent[] {
  const events: ServerSentEvent[] = []
  const parser = createParser({ onEvent: (event) => events.push(event) })
  for (const piece of pieces) parser.feed(piece)
  return events
}

/** An upstream's event. */
export function event(data: unknown): ServerSentEvent {
  return { data: JSON.stringify(data) }
}
