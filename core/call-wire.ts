import type { Answer } from './answer.ts'
import type { ByteStream } from './byte-stream.ts'
import { callOf } from './call.ts'
import { GatewayError } from './errors.ts'
import type { LiveExchange, Target } from './exchange.ts'
import { findValue } from './find-value.ts'
import { payloadFromText, payloadFromValue, type Payload } from './payload.ts'
import type {
  AnyAnswer,
  AnyChunk,
  AnyRequest,
  Call,
  Connection,
  OperationName,
  ServerSentEvent,
  Timeouts,
  Wire,
} from './provider.ts'
import { EventSplitter, StreamEvent } from './sse.ts'
import { requestFor, spliceBytes, withUsage, type Prompt } from './target-request.ts'
import { faultFromAnswer, faultFromConnection } from './upstream-fault.ts'
import type { Upstream } from './upstream.ts'

/** An operation over HTTP whose kind the types no longer know; the caller looked it up by its name. */
interface AnyWire {
  path(call: Call): string
  body?(request: AnyRequest, call: Call): object
  answer?(body: unknown, call: Call): AnyAnswer
  events?(call: Call): (event: ServerSentEvent) => readonly AnyChunk[]
  readonly hasStreamOptions?: boolean
  degraded?(request: AnyRequest): readonly string[]
}

export interface WireCall {
  readonly operation: Wire<OperationName>
  readonly connection: Connection
  readonly prompt: Prompt
  readonly target: Target
  readonly exchange: LiveExchange
  readonly timeouts: Timeouts
  readonly upstream: Upstream
}

/** Sends a request to an upstream in its own form, and gives its answer in the canonical one. */
export async function callWire(wireCall: WireCall): Promise<Answer> {
  const { connection, target, exchange, timeouts, upstream } = wireCall
  const wire = wireCall.operation as AnyWire
  const call = callOf(exchange, target)
  const { body, degraded } = writeBody(wire, call, wireCall)

  const sentMark = performance.now()
  try {
    const answer = await upstream.send({
      method: 'POST',
      baseUrl: connection.baseUrl,
      path: wire.path(call),
      headers: { ...connection.headers, 'content-type': 'application/json' },
      body,
      timeouts,
      life: exchange.life,
    })
    if (answer.status >= 300) {
      throw faultFromAnswer(target, answer.status, answer.headers, answer.body as Buffer)
    }
    if (Buffer.isBuffer(answer.body)) {
      if (call.stream) throw notAStream(target)
      return {
        kind: 'whole',
        target,
        payload: readAnswer(wire, answer.body, call, target),
        degraded,
      }
    }
    const events = decode(wire, answer.body, call, target)
    const first = await events.next()
    return { kind: 'stream', target, events: rejoin(first, events, wireCall), degraded }
  } catch (error) {
    throw faultFromConnection(target, error, timeouts)
  } finally {
    exchange.upstreamMs += performance.now() - sentMark
  }
}

/** The caller's own bytes where the upstream reads the canonical form and nothing has to change. */
function writeBody(
  wire: AnyWire,
  call: Call,
  { prompt, target }: WireCall,
): { body: Buffer | string; degraded: readonly string[] } {
  const asksForUsage = call.stream && wire.hasStreamOptions !== false
  if (!wire.body && !wire.degraded) {
    const spliced = spliceBytes(prompt, target, { asksForUsage })
    if (spliced) return { body: spliced, degraded: [] }
  }
  const request = requestFor(target, prompt.request)
  const body = wire.body?.(request, call) ?? (asksForUsage ? withUsage(request) : request)
  return { body: JSON.stringify(body), degraded: wire.degraded?.(request) ?? [] }
}

function readAnswer(wire: AnyWire, body: Buffer, call: Call, target: Target): Payload<AnyAnswer> {
  if (!wire.answer) {
    const text = body.toString()
    const payload = payloadFromText<AnyAnswer>(text)
    if (!looksWhole(text)) checkIsObject(() => payload.value, target)
    return payload
  }
  const value = checkIsObject(() => JSON.parse(body.toString()) as unknown, target)
  return payloadFromValue(wire.answer(value, call))
}

/** An object from its first to its last letter, with what such an answer holds. */
function looksWhole(text: string): boolean {
  if (!text.startsWith('{') || !text.trimEnd().endsWith('}')) return false
  return text.includes('"choices"') || text.includes('"data"')
}

function checkIsObject(read: () => unknown, target: Target): unknown {
  let value: unknown
  let cause: unknown
  try {
    value = read()
  } catch (error) {
    cause = error
  }
  if (typeof value === 'object' && value !== null) return value
  throw new GatewayError(
    'invalid_upstream_response',
    `The provider "${target.provider}" answered with something that is not JSON.`,
    { cause, details: { provider: target.provider, model: target.model } },
  )
}

function notAStream({ provider, model }: Target): GatewayError {
  const message = `The provider "${provider}" did not answer with a stream, although one was asked for.`
  return new GatewayError('invalid_upstream_response', message, { details: { provider, model } })
}

type EventBatch = readonly StreamEvent<AnyChunk>[]

/** The upstream's stream in canonical events, from the first one that says something. */
async function* decode(
  wire: AnyWire,
  body: ByteStream,
  call: Call,
  target: Target,
): AsyncGenerator<EventBatch> {
  const splitter = new EventSplitter<AnyChunk>()
  const translate = wire.events?.(call)
  let isFinished = false

  function* convert(frames: readonly StreamEvent<AnyChunk>[]): Generator<StreamEvent<AnyChunk>> {
    for (const frame of frames) {
      if (translate) {
        const { message } = frame
        if (!message) continue
        for (const chunk of translate(message)) {
          if (chunk.choices.some((choice) => choice.finish_reason)) isFinished = true
          yield StreamEvent.of(chunk)
        }
      } else if (frame.isDone) isFinished = true
      else if (frame.bytes[0] === COLON) continue
      else {
        if (findValue(frame.bytes, FINISH, QUOTE) !== -1) isFinished = true
        if (frame.bytes.includes(ERROR)) throwError(frame, target)
        yield frame
      }
    }
  }

  for await (const chunks of body) {
    const events: StreamEvent<AnyChunk>[] = []
    try {
      for (const chunk of chunks) events.push(...convert(splitter.push(chunk)))
    } finally {
      // What came before a fault is not lost with it.
      if (events.length > 0) yield events
    }
  }
  const rest = [...convert(splitter.end())]
  if (rest.length > 0) yield rest
  if (!isFinished) {
    throw new GatewayError(
      'invalid_upstream_response',
      `The provider "${target.provider}" ended the stream before the answer was complete.`,
      { details: { provider: target.provider, model: target.model }, shouldRetry: false },
    )
  }
}

const COLON = 0x3a
const QUOTE = 0x22
const FINISH = Buffer.from('"finish_reason"')
/** In an answer that speaks of one, the quotes are escaped. */
const ERROR = Buffer.from('"error"')

function throwError(frame: StreamEvent<AnyChunk>, target: Target): void {
  const value: unknown = frame.value
  if (typeof value !== 'object' || value === null || !('error' in value)) return
  const { error } = value
  if (error === null || error === undefined) return
  const code =
    typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
  const status = typeof code === 'number' && code >= 400 && code < 600 ? code : 502
  throw faultFromAnswer(target, status, {}, Buffer.from(JSON.stringify(value)))
}

/** The stream with its first batch put back; its faults in our words, its upstream closed at the end. */
async function* rejoin(
  first: IteratorResult<EventBatch>,
  rest: AsyncGenerator<EventBatch>,
  { target, timeouts }: WireCall,
): AsyncGenerator<EventBatch> {
  try {
    for (let next = first; !next.done; next = await rest.next()) yield next.value
  } catch (error) {
    throw faultFromConnection(target, error, timeouts)
  } finally {
    await rest.return(undefined)
  }
}
