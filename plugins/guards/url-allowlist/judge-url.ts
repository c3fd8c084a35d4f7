import { domainToASCII } from 'node:url'

/** What a text may link to. */
export interface UrlRule {
  /** Nothing: all hosts that are not denied. */
  readonly isAllowed: ((host: string) => boolean) | undefined
  readonly isDenied: (host: string) => boolean
  readonly schemes: ReadonlySet<string>
  readonly blocksUserInfo: boolean
}

export type UrlFault = 'URL_HOST' | 'URL_SCHEME' | 'URL_USER_INFO' | 'URL_BROKEN'

/** Hosts as the config writes them: `example.com`, `*.example.com` for all below it, `*` for all. */
export function createHostMatcher(
  patterns: readonly string[],
  includesSubdomains: boolean,
): (host: string) => boolean {
  const exact = new Set<string>()
  const above = new Set<string>()
  for (const pattern of patterns) {
    const isWildcard = pattern.startsWith('*.')
    const host = toHost(isWildcard ? pattern.slice(2) : pattern)
    if (!isWildcard) exact.add(host)
    if (isWildcard || includesSubdomains) above.add(host)
  }
  return (host) => exact.has('*') || exact.has(host) || isBelow(host, above)
}

/** Whether this can be a pattern: a host name, perhaps with `*.` before it. */
export function isHostPattern(pattern: string): boolean {
  return pattern === '*' || toHost(pattern.replace(/^\*\./, '')) !== ''
}

function toHost(pattern: string): string {
  return pattern === '*' ? pattern : domainToASCII(pattern.replace(/\.$/, ''))
}

function isBelow(host: string, above: ReadonlySet<string>): boolean {
  if (above.size === 0) return false
  const labels = host.split('.')
  return labels.some((_, index) => index > 0 && above.has(labels.slice(index).join('.')))
}

/** What nobody can read in two ways; the rest is left to the parser that browsers have too. */
const PLAIN = /^(https?):\/\/([a-z0-9][a-z0-9.-]*\.[a-z]{2,24})(?::\d{1,4})?(?:[/?#]|$)/

/**
 * What is wrong with an address, read as a browser would: `https:\\\\good.example@evil.example` goes
 * to the latter.
 */
export function judgeUrl(address: string, rule: UrlRule): UrlFault | undefined {
  const [, scheme = '', host = ''] = PLAIN.exec(address) ?? []
  if (host && !host.includes('--') && !host.includes('..')) return judge(scheme, host, rule)
  const url = URL.parse(address)
  if (!url) return 'URL_BROKEN'
  const fault = judge(url.protocol.slice(0, -1), url.hostname.replace(/\.$/, ''), rule)
  if (fault !== 'URL_SCHEME' && rule.blocksUserInfo && (url.username || url.password)) {
    return 'URL_USER_INFO'
  }
  return fault
}

function judge(scheme: string, host: string, rule: UrlRule): UrlFault | undefined {
  if (!rule.schemes.has(scheme)) return 'URL_SCHEME'
  if (host === '') return undefined
  return rule.isDenied(host) || rule.isAllowed?.(host) === false ? 'URL_HOST' : undefined
}
