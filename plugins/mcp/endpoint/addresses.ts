import type { IncomingHttpHeaders } from 'node:http'

import {
  localhostAllowedHostnames,
  validateHostHeader,
  validateOriginHeader,
} from '@modelcontextprotocol/server'
import { LRUCache } from 'lru-cache'

import { GatewayError } from '#core'

export interface AllowedAddresses {
  /** Host names without a port, besides those of the machine itself; `*`: any. */
  readonly allowedHosts: readonly string[]
  /** Host names of web pages, or `<scheme>://*` for browser extensions; `*`: any. */
  readonly allowedOrigins: readonly string[]
}

const MOST_KNOWN = 1000

/**
 * Makes the check that a request was meant for this gateway: a web page that had its own name lead
 * here (DNS rebinding) says so in `Host` and `Origin`. Throws 403.
 */
export function createAddressCheck(
  allowed: AllowedAddresses,
): (headers: IncomingHttpHeaders) => void {
  const own = localhostAllowedHostnames()
  const hosts = [...own, ...allowed.allowedHosts]
  const origins = [...own, ...allowed.allowedOrigins]
  /** Clients name the same addresses over and over, and taking one apart takes a while. */
  const known = new LRUCache<string, true>({ max: MOST_KNOWN })
  return ({ host = '', origin = '' }) => {
    const address = `${host} ${origin}`
    if (known.has(address)) return
    if (!hosts.includes('*') && !validateHostHeader(host, hosts).ok) {
      throw foreign('Host', 'allowedHosts')
    }
    if (!origins.includes('*') && !validateOriginHeader(origin, origins).ok) {
      throw foreign('Origin', 'allowedOrigins')
    }
    known.set(address, true)
  }
}

function foreign(header: string, option: string): GatewayError {
  return new GatewayError(
    'foreign_address',
    `The ${header} of this request is not allowed here: "${option}" of mcpEndpoint() lists the others.`,
  )
}
