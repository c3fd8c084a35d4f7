import { LRUCache } from 'lru-cache'

import type { ScriptLimits } from './limits.ts'
import type { ScriptFailure } from './outcome.ts'

/** Who brought sandboxes down of late, and for how long they stay out. */
export interface Penalties {
  /** Notes that a script had to be killed, and bans it. */
  strike(tenant: string, script: string): void
  /** The refusal, while the script or its tenant is banned. */
  refusal(tenant: string, script: string): ScriptFailure | undefined
}

type PenaltyLimits = Pick<
  ScriptLimits,
  'scriptBanMs' | 'longestScriptBanMs' | 'killsPerTenant' | 'tenantBanMs'
>

/** Scripts and tenants remembered; a stranger who fills it was banned as a tenant long before. */
const REMEMBERED = 10_000

/** Keeps the strikes in memory: a restart forgives. */
export function createPenalties(limits: PenaltyLimits, now: () => number = Date.now): Penalties {
  const scripts = new LRUCache<string, { strikes: number; bannedUntil: number }>({
    max: REMEMBERED,
  })
  const tenants = new LRUCache<string, { kills: number[]; bannedUntil: number }>({
    max: REMEMBERED,
  })

  function strikeScript(script: string): void {
    const known = scripts.get(script)
    const isForgiven = !known || known.bannedUntil + limits.longestScriptBanMs < now()
    const strikes = isForgiven ? 1 : known.strikes + 1
    const banMs = Math.min(limits.scriptBanMs * 2 ** (strikes - 1), limits.longestScriptBanMs)
    scripts.set(script, { strikes, bannedUntil: now() + banMs })
  }

  function strikeTenant(tenant: string): void {
    const known = tenants.get(tenant)
    const recent = known?.kills.filter((at) => at > now() - limits.tenantBanMs) ?? []
    const kills = [...recent, now()]
    const isBanned = kills.length >= limits.killsPerTenant
    tenants.set(tenant, { kills, bannedUntil: isBanned ? now() + limits.tenantBanMs : 0 })
  }

  return {
    strike(tenant, script) {
      strikeScript(script)
      strikeTenant(tenant)
    },

    refusal(tenant, script) {
      const bannedUntil = Math.max(
        scripts.get(script)?.bannedUntil ?? 0,
        tenants.get(tenant)?.bannedUntil ?? 0,
      )
      const retryAfterMs = Math.ceil(bannedUntil - now())
      if (retryAfterMs <= 0) return undefined
      const message =
        'The script may not run for a while: it, or another of yours, brought its sandbox down.'
      return { ok: false, reason: 'banned', message, retryAfterMs }
    },
  }
}
