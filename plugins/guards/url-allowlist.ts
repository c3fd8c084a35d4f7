import { defineGuard, findSpans, ParameterError, type Found } from '#core'

import { findUrls } from './url-allowlist/find-urls.ts'
import { createHostMatcher, isHostPattern, judgeUrl } from './url-allowlist/judge-url.ts'

const hosts = { type: 'array', items: { type: 'string', minLength: 1 } } as const
/** Where it leads stands within so many characters; the rest of a longer one is not waited for. */
const LONGEST_HOST_AND_BEFORE = 512

/**
 * Lets only links to known hosts pass, or all but those to some. Addresses are read as browsers read
 * them, so that `https://good.example@evil.example` goes to the latter; letters beyond ASCII are
 * compared in their encoded form.
 */
export const urlAllowlist = defineGuard({
  type: 'url_allowlist',
  title: 'URL allowlist',
  summary: 'Blocks or masks links to hosts that are not allowed.',
  parameters: {
    type: 'object',
    additionalProperties: false,
    properties: {
      allowed_hosts: {
        ...hosts,
        description: 'example.com, or *.example.com for all below it. Nothing: all but the denied.',
      },
      denied_hosts: hosts,
      allowed_schemes: {
        type: 'array',
        items: { type: 'string', pattern: '^[a-z][a-z0-9+.-]*$' },
        description: 'Default: https, http, mailto.',
      },
      allow_subdomains: {
        type: 'boolean',
        default: false,
        description: 'Whether example.com stands for a.example.com too.',
      },
      block_user_info: {
        type: 'boolean',
        default: true,
        description: 'Block addresses with a name or a password before the host.',
      },
      bare_domains: {
        type: 'boolean',
        default: true,
        description: 'Read evil.example as an address, though nothing says https.',
      },
    },
  },
  actions: ['validate', 'redact', 'observe'],
  create(parameters) {
    const { allowed_hosts: allowed, denied_hosts: denied = [], bare_domains: isBare } = parameters
    checkHosts('allowed_hosts', allowed ?? [])
    checkHosts('denied_hosts', denied)
    const rule = {
      isAllowed: allowed && createHostMatcher(allowed, parameters.allow_subdomains),
      isDenied: createHostMatcher(denied, true),
      schemes: new Set(parameters.allowed_schemes ?? ['https', 'http', 'mailto']),
      blocksUserInfo: parameters.block_user_info,
    }
    return {
      holdback: LONGEST_HOST_AND_BEFORE,
      check(content) {
        const spans = findSpans(content, (text, from) => {
          const found: Found[] = []
          for (const { start, end, address } of findUrls(text, isBare)) {
            const label = start >= from ? judgeUrl(address, rule) : undefined
            if (label) found.push({ start, end, label })
          }
          return found
        })
        if (spans.length === 0) return undefined
        return {
          passed: false,
          confidence: 1,
          text: 'The text links to a place that is not allowed.',
          spans,
        }
      },
    }
  },
})

function checkHosts(name: string, patterns: readonly string[]): void {
  const wrong = patterns.findIndex((pattern) => !isHostPattern(pattern))
  if (wrong >= 0) throw new ParameterError(`${name}[${wrong}]`, 'is not the name of a host')
}
