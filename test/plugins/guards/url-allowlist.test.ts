import { describe, expect, it } from 'vitest'

import { urlAllowlist } from '#plugins/guards/url-allowlist'

import { startGuarded } from './guarded.ts'
import { createLocalCheck, findings } from './local-check.ts'

const check = createLocalCheck(urlAllowlist, {
  allowed_hosts: ['example.com', '*.good.example', 'münchen.de'],
  denied_hosts: ['bad.good.example'],
})

describe('url allowlist', () => {
  it.each([
    'see https://example.com/a?b=c.',
    'HTTPS://EXAMPLE.COM:8080/',
    'example.com/path and https://example.com/a_(b)',
    '(https://example.com) and [a](https://example.com).',
    'https://a.good.example and https://b.c.good.example',
    'https://MÜNCHEN.de/x and xn--mnchen-3ya.de',
    'node.js e.g. readme.md 1.2.3 file.ts',
    'jane@evil.com',
    'Note: this, at 12:30, std::move a:b http://',
    '[text](#part) and [other](/path)',
  ])('lets pass: %s', (text) => {
    expect(findings(check, text)).toEqual([])
  })

  it.each([
    ['https://evil.com.', 'URL_HOST https://evil.com'],
    ['evil.com', 'URL_HOST evil.com'],
    ['www.evil.zz', 'URL_HOST www.evil.zz'],
    ['https://a.example.com', 'URL_HOST https://a.example.com'],
    ['https://good.example', 'URL_HOST https://good.example'],
    ['https://bad.good.example', 'URL_HOST https://bad.good.example'],
    ['https://x.bad.good.example', 'URL_HOST https://x.bad.good.example'],
    ['https://example.com.evil.com', 'URL_HOST https://example.com.evil.com'],
    ['https://example.com@evil.com/', 'URL_USER_INFO https://example.com@evil.com/'],
    ['http://user:pw@example.com', 'URL_USER_INFO http://user:pw@example.com'],
    ['https://(a@evil.com', 'URL_USER_INFO https://(a@evil.com'],
    ['https://example.com)@evil.com', 'URL_USER_INFO https://example.com)@evil.com'],
    ['https://example.com(x).evil.com', 'URL_HOST https://example.com'],
    ['https:\\\\evil.com', 'URL_HOST https:\\\\evil.com'],
    ['https:/evil.com', 'URL_HOST https:/evil.com'],
    ['http:evil.com', 'URL_HOST http:evil.com'],
    ['[x](//evil.com/a)', 'URL_HOST //evil.com/a'],
    ['![i](https://evil.com/p.png?d=1)', 'URL_HOST https://evil.com/p.png?d=1'],
    ['[https://example.com](https://evil.com)', 'URL_HOST https://evil.com'],
    ['<a href="//evil.com">', 'URL_HOST //evil.com'],
    ['exаmple.com', 'URL_HOST exаmple.com'],
    ['http://[::1]:80/', 'URL_HOST http://[::1]:80/'],
    ['http://0x7f.1/', 'URL_HOST http://0x7f.1/'],
    ['https://example.com%2eevil.com', 'URL_HOST https://example.com%2eevil.com'],
    ['javascript:alert', 'URL_SCHEME javascript:alert'],
    ['data:text/html,hi', 'URL_SCHEME data:text/html,hi'],
    ['ftp://example.com/a', 'URL_SCHEME ftp://example.com/a'],
  ])('finds in %s', (text, finding) => {
    expect(findings(check, text)).toEqual([finding])
  })

  it('with denied hosts only lets all others pass', () => {
    const deny = createLocalCheck(urlAllowlist, { denied_hosts: ['evil.com'] })
    expect(findings(deny, 'https://any.org https://a.evil.com')).toEqual([
      'URL_HOST https://a.evil.com',
    ])
  })

  it('takes subdomains along, and leaves bare domains alone, when told so', () => {
    const lax = createLocalCheck(urlAllowlist, {
      allowed_hosts: ['example.com'],
      allow_subdomains: true,
      bare_domains: false,
    })
    expect(findings(lax, 'https://a.example.com evil.com')).toEqual([])
  })

  it('refuses a pattern that is no host', () => {
    expect(() => createLocalCheck(urlAllowlist, { allowed_hosts: ['http://a b'] })).toThrow('host')
  })

  it('masks links that a model makes up', async () => {
    await using guarded = await startGuarded(
      [urlAllowlist({ stage: 'output', action: 'redact', allowedHosts: ['example.com'] })],
      () => 'See ![x](https://evil.com/?q=secret) or https://example.com',
    )
    const answer = await guarded.ask('hi')
    expect(answer.body.choices[0].message.content).toBe(
      'See ![x]([URL_HOST]) or https://example.com',
    )
  })
})
