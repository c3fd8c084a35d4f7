import { keywords } from '#plugins/guards/keywords'
import { pii } from '#plugins/guards/pii'
import { regex } from '#plugins/guards/regex'

import type { EventSource } from '../../../core/answer.ts'
import { GuardLog } from '../../../core/guarding/guard-log.ts'
import { guardStream } from '../../../core/guarding/guarded-stream.ts'
import { createGuard } from '../../../core/guarding/instance.ts'
import type { GuardKind, GuardTools } from '../../../core/guarding/kind.ts'
import type { ReviewContext } from '../../../core/guarding/settle.ts'
import { Lifetime } from '../../../core/lifetime.ts'
import type { LiveExchange } from '../../../core/live-exchange.ts'
import type { AnyChunk } from '../../../core/provider.ts'
import { StreamEvent } from '../../../core/sse.ts'
import { median } from '../measure/statistics.ts'
import type { WindowedGuardName } from './protocol.ts'
import { textOf } from './texts.ts'

const ANSWER_LENGTH = 4_000
/** A token, nearly. */
const PIECE = /.{1,5}/g
const base = { id: 'c1', object: 'chat.completion.chunk', created: 1, model: 'm' }
const pieces = textOf(ANSWER_LENGTH).match(PIECE) ?? []

const windows: Readonly<Record<WindowedGuardName, Window>> = {
  pii: windowOf(pii, {}),
  keywords: windowOf(keywords, { words: ['forbidden', 'top secret', 'Initech'] }),
  regex: windowOf(regex, { patterns: ['[A-Z]{3}-[0-9]{4}', 'secret[0-9]{1,4}'] }),
}

/** Lets a stream pass through the window of a guard. */
type Window = (source: EventSource) => EventSource

function windowOf({ kind }: { kind: GuardKind }, parameters: object): Window {
  const common = { stage: 'output', action: 'redact', apply: 'always', onError: 'block' } as const
  const settings = { id: kind.type, type: kind.type, name: kind.type, timeoutMs: 250, ...common }
  const tools = { id: kind.type, action: 'redact' } as GuardTools
  const guard = createGuard(kind, { ...settings, parameters: { ...parameters } }, tools)
  return (source) => {
    const exchange = {
      operation: 'chat',
      request: { model: 'm', messages: [] },
      life: new Lifetime(),
      explain: { add: () => undefined },
    } as unknown as LiveExchange
    const context = { exchange, notes: new GuardLog() } as unknown as ReviewContext
    return guardStream(source, [{ guard, rule: guard, parameters: {} }], context)
  }
}

/** The answer as events that nobody has read yet, one by one. */
function answer(): EventSource {
  const events = pieces.map((content) => {
    const chunk = { ...base, choices: [{ index: 0, delta: { content }, finish_reason: null }] }
    return new StreamEvent<AnyChunk>(Buffer.from(`data: ${JSON.stringify(chunk)}\n\n`))
  })
  return {
    async forEach(read) {
      for (const event of events) await read([event])
    },
    async *[Symbol.asyncIterator]() {
      for (const event of events) yield [event]
    },
  }
}

/**
 * What a guard with a window adds to each chunk of an answer of plain prose, all told: reading the
 * chunk, holding it, judging it, letting it go. The median of so many streams, in microseconds.
 */
export async function chunkMicros(name: WindowedGuardName, streams: number): Promise<number> {
  const added: number[] = []
  for (let stream = 0; stream < streams; stream++) {
    const plain = await micros(answer())
    added.push((await micros(windows[name](answer()))) - plain)
  }
  return median(added) / pieces.length
}

async function micros(source: EventSource): Promise<number> {
  const startedMark = performance.now()
  await source.forEach?.(() => undefined)
  return (performance.now() - startedMark) * 1_000
}
