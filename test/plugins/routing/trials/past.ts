import type { Attempt, PluginEntry, UsageRecord } from '#core'
import { routers } from '#plugins/routing/routers'
import { trials } from '#plugins/routing/trials'
import { ledger } from '#plugins/usage/ledger'

import { ANYBODY } from '../../../../core/caller.ts'
import type { GatewaySettings } from '../../../../core/gateway.ts'
import type { TestGateway } from '../../../helpers/gateway.ts'
import { localProvider } from '../../local-provider.ts'
import { usageRecord } from '../../usage/usage-record.ts'

/** `a/small` costs a tenth of `a/large`; what `b/free` costs nobody knows. */
export const settings: GatewaySettings = {
  prices: { 'a/small': { input: 1, output: 2 }, 'a/large': { input: 10, output: 20 } },
}

/** Models that answer, and fail the test that a trial may not call them. */
export function plugins(): readonly PluginEntry[] {
  return [
    localProvider('a', ['small', 'large', 'new'], () => 'from a'),
    localProvider('b', ['free'], () => 'from b'),
    ledger(),
    routers(),
    trials(),
  ]
}

/** A request of the past: what it was sent to, and how that went. */
export interface Past {
  readonly target: string
  /** How long ago it arrived. */
  readonly agoMs?: number
  readonly durationMs?: number
  /** USD; the tokens are 1,000 in and 100 out for each 0.012 USD at the large model. */
  readonly cost?: string | null
  readonly errorCode?: string
  readonly more?: Partial<UsageRecord>
}

const MINUTE_MS = 60_000

/** The usage record of a request of the past. */
export function pastRecord(past: Past): UsageRecord {
  const { target, agoMs = 10 * MINUTE_MS, durationMs = 100, cost = null, errorCode, more } = past
  const [provider = '', model = ''] = target.split('/')
  const startedAt = Date.now() - agoMs
  const attempt: Attempt = {
    provider,
    model,
    startedAt,
    durationMs,
    ...(errorCode === undefined ? { status: 200 } : { errorCode }),
  }
  return {
    ...usageRecord(),
    startedAt,
    caller: ANYBODY,
    tags: {},
    label: null,
    requestedModel: target,
    provider,
    model,
    attempts: [attempt],
    status: errorCode === undefined ? 'success' : 'error',
    statusCode: errorCode === undefined ? 200 : 502,
    errorCode: errorCode ?? null,
    timeToFirstTokenMs: null,
    durationMs,
    tokens: errorCode === undefined ? tokens(1000, 100) : null,
    cost,
    ...more,
  }
}

export function tokens(input: number, output: number): UsageRecord['tokens'] {
  return {
    input,
    cachedInput: 0,
    cacheWrite: 0,
    cacheWrite1h: 0,
    audioInput: 0,
    output,
    reasoning: 0,
    audioOutput: 0,
  }
}

/** Lets the ledger record requests as if they had been served. */
export async function record(gateway: TestGateway, past: readonly Past[]): Promise<void> {
  for (const one of past) await gateway.gateway.inference.hooks.usage(pastRecord(one))
}

/**
 * Six requests. At 10 USD per million tokens in and 20 out, the large model's cost
 * 1,000 × 10 / 10⁶ + 100 × 20 / 10⁶ = 0.012 USD, and twice that for twice the tokens; the small
 * one's a tenth. One failed, and of one nobody knows the price.
 */
export const SIX: readonly Past[] = [
  { target: 'a/large', durationMs: 2000, cost: '0.012', more: { tags: { tier: 'gold' } } },
  {
    target: 'a/large',
    durationMs: 4000,
    cost: '0.024',
    more: { tokens: tokens(2000, 200), userId: 'ann' },
  },
  { target: 'a/large', durationMs: 50, errorCode: 'upstream_error' },
  { target: 'a/small', durationMs: 500, cost: '0.0012' },
  { target: 'a/small', durationMs: 700, cost: '0.0012' },
  { target: 'b/free', durationMs: 300 },
]
