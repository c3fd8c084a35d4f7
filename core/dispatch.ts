import { setTimeout as delay } from 'node:timers/promises'

import type { Answer } from './answer.ts'
import type { Breakers } from './breakers.ts'
import { callLocal } from './call-local.ts'
import { callWire } from './call-wire.ts'
import { callOf } from './call.ts'
import { GatewayError } from './errors.ts'
import { capabilityOf } from './legacy-completions.ts'
import type { LiveExchange } from './live-exchange.ts'
import type { MetricsKeeper } from './live-metrics.ts'
import type { ModelDirectory } from './models.ts'
import type { InferenceName, Local, Timeouts } from './provider.ts'
import type { RetryBudget } from './retry-budget.ts'
import { requestFor, type Planned, type Prompt } from './target-request.ts'
import { targetName, type Target } from './target.ts'
import { canRetry } from './upstream-fault.ts'
import type { Upstream } from './upstream.ts'

export interface DispatchParts {
  readonly models: ModelDirectory
  readonly upstream: Upstream
  readonly breakers: Breakers
  readonly metrics: MetricsKeeper
  readonly retryBudget: RetryBudget
  readonly timeouts: Timeouts
  /** Further tries of the same target when the request does not say. */
  readonly maxRetries: number
}

const SHORTEST_BACKOFF_MS = 250
const LONGEST_BACKOFF_MS = 8_000

/**
 * Tries the targets in order until one gives its first byte: each as often as a retry may help,
 * then the next. The last fault is the answer when none does.
 */
export async function dispatch(
  exchange: LiveExchange,
  plan: readonly Planned[],
  parts: DispatchParts,
): Promise<Answer> {
  let lastFault: GatewayError | undefined
  let isAnyAsked = false

  for (const planned of plan) {
    // Who rests is asked all the same, though only once, when there is nobody else to ask.
    const isResting = parts.breakers.isOpen(planned.target.provider)
    if (isResting && (isAnyAsked || planned !== plan.at(-1))) {
      const fault = passOver(exchange, planned.target)
      lastFault ??= fault
      continue
    }
    isAnyAsked = true
    const maxRetries = isResting ? 0 : (planned.prompt.request['max_retries'] ?? parts.maxRetries)
    for (let retry = 0; ; retry++) {
      try {
        const { target, prompt } = planned
        return await (isGuarded(planned)
          ? tryGuarded(exchange, planned, parts)
          : attempt(exchange, target, prompt, parts))
      } catch (error) {
        exchange.life.throwIfOver()
        if (!(error instanceof GatewayError)) throw error
        lastFault = error
        const waitMs = backoffMs(error, retry)
        const mayRetry =
          canRetry(error) && retry < Number(maxRetries) && waitMs <= LONGEST_BACKOFF_MS
        if (!mayRetry || !parts.retryBudget.take()) break
        await delay(waitMs, undefined, { signal: exchange.signal }).catch(() => undefined)
        exchange.life.throwIfOver()
      }
    }
  }
  throw exhausted(exchange, plan.length, lastFault)
}

/** Writes down that a target was not asked, as its provider is given a rest. */
function passOver(exchange: LiveExchange, target: Target): GatewayError {
  const fault = circuitOpen(target)
  note(exchange, target, { startedAt: Date.now(), startedMark: performance.now() }, fault)
  return fault
}

/** Full jitter under a doubling ceiling; what the upstream asked for, where it asked. */
function backoffMs(error: GatewayError, retry: number): number {
  const ceilingMs = Math.min(LONGEST_BACKOFF_MS, SHORTEST_BACKOFF_MS * 2 ** retry)
  return error.retryAfterMs ?? Math.random() * ceilingMs
}

function isGuarded(planned: Planned): boolean {
  return 'reviewPrompt' in planned || 'reviewAnswer' in planned
}

/** Asks one target once, with the guards that it brings along before and after. */
async function tryGuarded(
  exchange: LiveExchange,
  planned: Planned,
  parts: DispatchParts,
): Promise<Answer> {
  const prompt = planned.reviewPrompt ? await planned.reviewPrompt() : planned.prompt
  const answer = await attempt(exchange, planned.target, prompt, parts)
  return planned.reviewAnswer ? planned.reviewAnswer(answer) : answer
}

async function attempt(
  exchange: LiveExchange,
  target: Target,
  prompt: Prompt,
  parts: DispatchParts,
): Promise<Answer> {
  const startedAt = Date.now()
  const startedMark = performance.now()
  exchange.reviewed = prompt.request
  parts.metrics.begin(target)
  try {
    const answer = await callTarget(exchange, target, prompt, parts)
    note(exchange, target, { startedAt, startedMark })
    exchange.answered = answer
    if (exchange.answering) parts.metrics.end(exchange.answering)
    exchange.answering = target
    return answer
  } catch (error) {
    parts.metrics.end(target)
    note(exchange, target, { startedAt, startedMark }, error)
    throw error
  }
}

/** Writes down how a call of a target ended. */
function note(
  exchange: LiveExchange,
  { provider, model }: Target,
  { startedAt, startedMark }: { readonly startedAt: number; readonly startedMark: number },
  fault?: unknown,
): void {
  const { attempts, explain } = exchange
  const durationMs = Math.round((performance.now() - startedMark) * 1000) / 1000
  attempts.push(
    fault === undefined
      ? { provider, model, startedAt, durationMs, status: 200 }
      : { provider, model, startedAt, durationMs, ...statusOf(fault), errorCode: codeOf(fault) },
  )
  if (!explain.isKept) return
  const outcome = fault === undefined ? 'answered' : codeOf(fault)
  explain.add(targetName({ provider, model }), 'dispatch', durationMs * 1000, outcome)
}

function codeOf(fault: unknown): string {
  return fault instanceof GatewayError ? fault.code : 'internal_error'
}

function statusOf(fault: unknown): { readonly status?: number } {
  const status = fault instanceof GatewayError ? fault.details['upstream_status'] : undefined
  return typeof status === 'number' ? { status } : {}
}

function callTarget(
  exchange: LiveExchange,
  target: Target,
  prompt: Prompt,
  parts: DispatchParts,
): Promise<Answer> {
  const provider = parts.models.provider(target.provider)
  const operation = provider && capabilityOf(provider, exchange.operation)
  if (!provider || !operation) throw cannotDo(target, exchange.operation)
  if (!('path' in operation)) return runHere(operation, exchange, target, prompt)
  const { connection } = provider
  if (!connection) throw switchedOff(target, provider.hint)
  const timeouts = connection.timeouts
    ? { ...parts.timeouts, ...connection.timeouts }
    : parts.timeouts
  const { upstream, breakers } = parts
  return callWire({ operation, connection, prompt, target, exchange, timeouts, upstream, breakers })
}

async function runHere(
  operation: Local<InferenceName>,
  exchange: LiveExchange,
  target: Target,
  prompt: Prompt,
): Promise<Answer> {
  const startedMark = performance.now()
  const call = callOf(exchange, target)
  try {
    return await callLocal(operation, requestFor(target, prompt.request), target, call)
  } finally {
    exchange.upstreamMs += performance.now() - startedMark
  }
}

function cannotDo(target: Target, operation: string): GatewayError {
  const message = `The model "${targetName(target)}" can not do ${operation}.`
  return new GatewayError('unsupported_parameter', message, { param: 'model' })
}

function switchedOff(target: Target, hint: string | undefined): GatewayError {
  const message = `The provider "${target.provider}" is switched off.${hint ? ` ${hint}` : ''}`
  return new GatewayError('no_available_provider', message, {
    details: { provider: target.provider },
    shouldRetry: false,
  })
}

function circuitOpen(target: Target): GatewayError {
  const message = `The provider "${target.provider}" has failed repeatedly and is given a rest.`
  return new GatewayError('no_available_provider', message, {
    details: { provider: target.provider, model: target.model },
    retryAfterMs: 30_000,
  })
}

/** The last fault, with the story of all tries. SDKs must not multiply tries that were ours. */
function exhausted(
  exchange: LiveExchange,
  targetCount: number,
  fault: GatewayError | undefined,
): GatewayError {
  if (!fault) return new GatewayError('no_available_provider', 'No model is left to try.')
  // Of several turns, those before this one have been answered.
  const failed = exchange.attempts.filter(({ errorCode }) => errorCode !== undefined)
  if (failed.length <= 1) return fault
  const tried = failed.map(({ provider, model, errorCode }) => ({
    model: `${provider}/${model}`,
    error: errorCode,
  }))
  const story = targetCount > 1 ? ` All ${targetCount} targets failed; this was the last.` : ''
  return new GatewayError(fault.code, fault.message + story, {
    cause: fault.cause,
    details: { ...fault.details, attempts: tried },
    ...(fault.param === null ? {} : { param: fault.param }),
    ...(fault.retryAfterMs === undefined ? {} : { retryAfterMs: fault.retryAfterMs }),
    ...(fault.status >= 500 || fault.shouldRetry === false ? { shouldRetry: false } : {}),
  })
}
