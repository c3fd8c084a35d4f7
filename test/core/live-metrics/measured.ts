import type { Attempt, MeasuredExchange } from '#core'

/** A call of `demo/a` that took this long, with fields of its own. */
export function attempt(own: Partial<Attempt> = {}): Attempt {
  return { provider: 'demo', model: 'a', startedAt: 0, durationMs: 100, status: 200, ...own }
}

/** An exchange that `demo/a` answered in 100 ms, with 30 tokens in and 20 out, for 0.5 USD. */
export function measured(own: Partial<MeasuredExchange> = {}): MeasuredExchange {
  return {
    startedAt: 0,
    durationMs: 100,
    isStream: false,
    errorCode: null,
    attempts: [
      attempt({ startedAt: Number(own.startedAt ?? 0), durationMs: own.durationMs ?? 100 }),
    ],
    tokens: tokens(30, 20),
    cost: '0.5',
    ...own,
  }
}

/** Token classes with nothing cached, heard or reasoned. */
export function tokens(input: number, output: number): NonNullable<MeasuredExchange['tokens']> {
  const none = {
    cachedInput: 0,
    cacheWrite: 0,
    cacheWrite1h: 0,
    audioInput: 0,
    reasoning: 0,
    audioOutput: 0,
  }
  return { input, output, ...none }
}
