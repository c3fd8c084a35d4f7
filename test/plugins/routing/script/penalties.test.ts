import { describe, expect, it } from 'vitest'

import { createPenalties, type Penalties } from '../../../../plugins/routing/script/penalties.ts'

const MINUTE = 60_000
const limits = {
  scriptBanMs: MINUTE,
  longestScriptBanMs: 60 * MINUTE,
  killsPerTenant: 3,
  tenantBanMs: MINUTE,
}

function startClock(): { penalties: Penalties; pass: (ms: number) => void } {
  let now = 1_000_000
  const pass = (ms: number): void => {
    now += ms
  }
  return { penalties: createPenalties(limits, () => now), pass }
}

describe('strikes and bans', () => {
  it('ban a script that was killed for a minute, and nobody else', () => {
    const { penalties, pass } = startClock()
    penalties.strike('tenant', 'bad')

    expect(penalties.refusal('tenant', 'bad')).toMatchObject({
      reason: 'banned',
      retryAfterMs: MINUTE,
    })
    expect(penalties.refusal('tenant', 'good')).toBeUndefined()
    pass(MINUTE)
    expect(penalties.refusal('tenant', 'bad')).toBeUndefined()
  })

  it('double the ban with each kill, up to an hour', () => {
    const { penalties, pass } = startClock()

    const bans = Array.from({ length: 8 }, () => {
      penalties.strike('tenant', 'bad')
      const retryAfterMs = penalties.refusal('tenant', 'bad')?.retryAfterMs ?? 0
      pass(retryAfterMs)
      return retryAfterMs / MINUTE
    })

    expect(bans).toEqual([1, 2, 4, 8, 16, 32, 60, 60])
  })

  it('forgive a script that behaved for an hour', () => {
    const { penalties, pass } = startClock()
    penalties.strike('tenant', 'bad')
    penalties.strike('tenant', 'bad')
    pass(63 * MINUTE)
    penalties.strike('tenant', 'bad')

    expect(penalties.refusal('tenant', 'bad')?.retryAfterMs).toBe(MINUTE)
  })

  it('ban a tenant after three kills within a minute, whatever the script', () => {
    const { penalties, pass } = startClock()
    penalties.strike('tenant', 'one')
    penalties.strike('tenant', 'two')
    expect(penalties.refusal('tenant', 'good')).toBeUndefined()
    penalties.strike('tenant', 'three')

    expect(penalties.refusal('tenant', 'good')).toMatchObject({ reason: 'banned' })
    expect(penalties.refusal('neighbour', 'good')).toBeUndefined()
    pass(MINUTE)
    expect(penalties.refusal('tenant', 'good')).toBeUndefined()
  })

  it('let a tenant be whose kills are far apart', () => {
    const { penalties, pass } = startClock()
    for (const script of ['one', 'two', 'three', 'four']) {
      penalties.strike('tenant', script)
      pass(MINUTE / 2)
    }

    expect(penalties.refusal('tenant', 'good')).toBeUndefined()
  })
})
