import { lookup, type LookupAddress, type LookupOptions } from 'node:dns'
import { BlockList, isIP } from 'node:net'

import { GatewayError } from '#core'

import { Agent, buildConnector } from './undici.ts'

/** What the operator lets servers of tenants reach beside the public internet. */
export interface EgressRules {
  /** Names of hosts (`mcp.internal`), addresses, or ranges of them (`10.1.0.0/16`). */
  readonly allow?: readonly string[]
}

/** Not on the public internet: of this machine, of a private network, of the cloud's own services. */
const PRIVATE = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
  ['::', 96],
  ['::ffff:0:0:0', 96],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 32],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
] as const

/** Decides which addresses a server may have that somebody else than the operator gave. */
export interface Egress {
  /** Throws a GatewayError with the param for an address that is refused whatever its name resolves to. */
  checkUrl(url: string, param: string): void
  readonly agent: Agent
}

export interface AgentOptions {
  readonly connectTimeoutMs: number
}

/** An agent for addresses that the operator wrote down: they may be anywhere. */
export function openAgent({ connectTimeoutMs }: AgentOptions): Agent {
  return new Agent({ ...LIMITS, connect: { timeout: connectTimeoutMs } })
}

/**
 * How long an answer may be silent is decided for each request. Each session of a server of 2025 holds a
 * stream open: there must be more connections than sessions, or one client keeps out all others.
 */
const LIMITS = { headersTimeout: 0, bodyTimeout: 0, maxHeaderSize: 32_768, connections: 2_048 }

/** An agent that looks at the address of each connection after its name was resolved. */
export function guardedEgress(rules: EgressRules, options: AgentOptions): Egress {
  const { mayReach, mayName } = readRules(rules)

  function checkedLookup(
    hostname: string,
    asked: LookupOptions,
    callback: (error: Error | null, address: string | LookupAddress[], family?: number) => void,
  ): void {
    lookup(hostname, { ...asked, all: true }, (error, addresses) => {
      if (error) return callback(error, [])
      const allowed = mayName(hostname)
        ? addresses
        : addresses.filter(({ address }) => mayReach(address))
      const [first] = allowed
      if (!first) return callback(refusal(hostname), [])
      if (asked.all) callback(null, allowed)
      else callback(null, first.address, first.family)
    })
  }

  const connect = buildConnector({
    timeout: options.connectTimeoutMs,
    lookup: checkedLookup as never,
  })
  const agent = new Agent({
    ...LIMITS,
    connect(target, callback) {
      // An address that is written as one is not looked up.
      const host = bare(target.hostname)
      if (isIP(host) !== 0 && !mayReach(host)) callback(refusal(host), null)
      else connect(target, callback)
    },
  })

  return {
    agent,
    checkUrl(url, param) {
      const { protocol, hostname, username, password } = new URL(url)
      const host = bare(hostname)
      if (username !== '' || password !== '') {
        throw refused(param, 'must hold no name or password: send them as headers')
      }
      if (protocol !== 'https:' && !mayName(host) && !(isIP(host) !== 0 && mayName(host))) {
        throw refused(param, 'must begin with https://')
      }
      if (isIP(host) !== 0 && !mayReach(host)) throw refused(param, 'is no address of the internet')
    },
  }
}

function readRules({ allow = [] }: EgressRules): {
  readonly mayReach: (address: string) => boolean
  readonly mayName: (host: string) => boolean
} {
  const blocked = new BlockList()
  for (const [network, prefix] of PRIVATE) {
    blocked.addSubnet(network, prefix, network.includes(':') ? 'ipv6' : 'ipv4')
  }
  const allowed = new BlockList()
  const names = new Set<string>()
  for (const rule of allow) {
    const [address = '', prefix] = rule.split('/')
    const family = isIP(address)
    if (family === 0) names.add(rule.toLowerCase())
    else if (prefix === undefined) allowed.addAddress(address, toFamily(family))
    else allowed.addSubnet(address, Number(prefix), toFamily(family))
  }
  const isAllowed = (address: string): boolean => allowed.check(address, toFamily(isIP(address)))
  return {
    mayReach: (address) => isAllowed(address) || !blocked.check(address, toFamily(isIP(address))),
    mayName: (host) => names.has(host.toLowerCase()) || (isIP(host) !== 0 && isAllowed(host)),
  }
}

function toFamily(family: number): 'ipv4' | 'ipv6' {
  return family === 6 ? 'ipv6' : 'ipv4'
}

function bare(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '')
}

function refusal(host: string): GatewayError {
  const message = `The gateway does not connect to "${host}": it is no address of the internet.`
  return new GatewayError('mcp_server_unavailable', message, { shouldRetry: false })
}

function refused(param: string, why: string): GatewayError {
  return new GatewayError('invalid_parameter', `"${param}" ${why}.`, { param })
}
