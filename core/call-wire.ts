import type { Answer } from './answer.ts'
import type { Breakers } from './breakers.ts'
import { callOf } from './call.ts'
import { GatewayError } from './errors.ts'
import type { LiveExchange } from './live-exchange.ts'
import { payloadFromText, payloadFromValue, type Payload } from './payload.ts'
import type {
  AnyAnswer,
  AnyRequest,
  Call,
  Connection,
  InferenceName,
  Timeouts,
  Wire,
} from './provider.ts'
import { requestFor, spliceText, withUsage, type Prompt } from './target-request.ts'
import type { Target } from './target.ts'
import { turnFor } from './turn.ts'
import { faultFromAnswer, faultFromConnection, type ReadFault } from './upstream-fault.ts'
import type { Upstream } from './upstream.ts'
import { WireStream, type Translate } from './wire-stream.ts'

/** An operation over HTTP whose kind the types no longer know; the caller looked it up by its name. */
interface AnyWire {
  path(call: Call): string
  body?(request: AnyRequest, call: Call): object
  answer?(body: unknown, call: Call, request: AnyRequest): AnyAnswer
  events?(call: Call): Translate
  readonly hasStreamOptions?: boolean
  fault?: ReadFault
  degraded?(request: AnyRequest): readonly string[]
}

export interface WireCall {
  readonly operation: Wire<InferenceName>
  readonly connection: Connection
  readonly prompt: Prompt
  readonly target: Target
  readonly exchange: LiveExchange
  readonly timeouts: Timeouts
  readonly upstream: Upstream
  readonly breakers: Breakers
}

/** Sends a request to an upstream in its own form, and gives its answer in the canonical one. */
export async function callWire(wireCall: WireCall): Promise<Answer> {
  const { connection, target, exchange, timeouts, upstream, breakers } = wireCall
  const wire = wireCall.operation as AnyWire
  const call = callOf(exchange, target)
  const { body, degraded } = writeBody(wire, call, wireCall)

  const watched = breakers.begin(target.provider)
  const sentMark = performance.now()
  let answeredMark: number | undefined
  try {
    const sent = await upstream.send({
      method: 'POST',
      baseUrl: connection.baseUrl,
      path: wire.path(call),
      headers: { ...connection.headers, 'content-type': 'application/json' },
      body,
      timeouts,
      life: exchange.life,
    })
    if (sent.status >= 300) {
      const { status, headers } = sent
      throw faultFromAnswer(target, { status, headers, body: sent.body as Buffer }, wire.fault)
    }
    let answer: Answer
    if (Buffer.isBuffer(sent.body)) {
      if (call.stream) throw notAStream(target)
      answeredMark = performance.now()
      await turnFor('answers')
      const payload = readAnswer(wire, sent.body, call, wireCall)
      answer = { kind: 'whole', target, payload, degraded }
    } else {
      const events = new WireStream(sent.body, target, timeouts, wire.events?.(call))
      await events.begin()
      answer = { kind: 'stream', target, events, degraded }
    }
    watched.succeed()
    return answer
  } catch (error) {
    const fault = faultFromConnection(target, error, timeouts)
    watched.fail(fault)
    throw fault
  } finally {
    exchange.upstreamMs += (answeredMark ?? performance.now()) - sentMark
  }
}

/** The caller's own text where the upstream reads the canonical form and nothing has to change. */
function writeBody(
  wire: AnyWire,
  call: Call,
  { prompt, target }: WireCall,
): { body: string; degraded: readonly string[] } {
  const asksForUsage = call.stream && wire.hasStreamOptions !== false
  if (!wire.body && !wire.degraded) {
    const spliced = spliceText(prompt, target, { asksForUsage })
    if (spliced !== undefined) return { body: spliced, degraded: NONE }
  }
  const request = requestFor(target, prompt.request)
  const body = wire.body?.(request, call) ?? (asksForUsage ? withUsage(request) : request)
  return { body: JSON.stringify(body), degraded: wire.degraded?.(request) ?? NONE }
}

const NONE: readonly string[] = []

function readAnswer(
  wire: AnyWire,
  body: Buffer,
  call: Call,
  { target, prompt }: WireCall,
): Payload<AnyAnswer> {
  if (!wire.answer) {
    const text = body.toString()
    const payload = payloadFromText<AnyAnswer>(text)
    if (!looksWhole(text)) checkIsObject(() => payload.value, target)
    return payload
  }
  const value = checkIsObject(() => JSON.parse(body.toString()) as unknown, target)
  return payloadFromValue(wire.answer(value, call, requestFor(target, prompt.request)))
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
