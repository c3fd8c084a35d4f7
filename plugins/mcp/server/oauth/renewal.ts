import { setTimeout as pause } from 'node:timers/promises'

import type { FetchLike } from '@modelcontextprotocol/client'

import { GatewayError, type McpProtectedServer } from '#core'

import { type Account, accountName } from './account.ts'
import type { CredentialStore, Held } from './credential-store.ts'
import type { HeldTokens } from './held.ts'
import { refresh } from './refresh.ts'

/** Longer than a refresh may take, so that a gateway that died does not hold up the others for long. */
const CLAIM_MS = 25_000
const REFRESH_LIMIT_MS = 20_000
const LOOK_AGAIN_MS = 100

/**
 * Renews tokens once, however many requests want it in however many gateways: a refresh token that
 * is used twice is taken for stolen by authorization servers that rotate them. Undefined when there
 * is nothing to be had without a person. Throws a GatewayError when it may work later.
 */
export type Renew = (
  account: Account,
  seen: Held<HeldTokens>,
) => Promise<Held<HeldTokens> | undefined>

export function createRenewal(
  store: CredentialStore,
  fetchFor: (server: McpProtectedServer) => FetchLike,
): Renew {
  const underWay = new Map<string, Promise<Held<HeldTokens> | undefined>>()

  async function renew(
    account: Account,
    seen: Held<HeldTokens>,
  ): Promise<Held<HeldTokens> | undefined> {
    const giveUpAt = performance.now() + CLAIM_MS
    for (;;) {
      const held = await store.readNow(account, 'tokens')
      if (!held || held.version !== seen.version) return held
      if (held.value.refreshToken === undefined) return undefined
      if (await store.claim(account, held.version, CLAIM_MS)) return renewClaimed(account, held)
      if (performance.now() > giveUpAt) throw laterFault(account)
      await pause(LOOK_AGAIN_MS)
    }
  }

  async function renewClaimed(
    account: Account,
    held: Held<HeldTokens>,
  ): Promise<Held<HeldTokens> | undefined> {
    const { server } = account
    const fetch = limited(fetchFor(server), AbortSignal.timeout(REFRESH_LIMIT_MS))
    const result = await refresh(server.url, held.value, fetch)
    if (result.outcome === 'renewed') {
      const change = { version: held.version, value: result.tokens }
      // Authorized anew, or forgotten, in the meantime: that is what holds.
      return (await store.replace(account, 'tokens', change)) ?? store.readNow(account, 'tokens')
    }
    if (result.outcome === 'refused') await store.forget(account, 'tokens', held.version)
    else await store.release(account, held.version)
    if (result.outcome === 'later') throw laterFault(account, result.cause)
    return undefined
  }

  return (account, seen) => {
    const name = accountName(account)
    let renewing = underWay.get(name)
    if (!renewing) {
      renewing = renew(account, seen).finally(() => underWay.delete(name))
      underWay.set(name, renewing)
    }
    return renewing
  }
}

function limited(fetch: FetchLike, limit: AbortSignal): FetchLike {
  return (url, init) => {
    const signal = init?.signal ? AbortSignal.any([limit, init.signal]) : limit
    return fetch(url, { ...init, signal })
  }
}

function laterFault({ server }: Account, cause?: unknown): GatewayError {
  const message = `The authorization server of "${server.name}" did not renew the access for now.`
  return new GatewayError('mcp_server_unavailable', message, { cause })
}
