import { describe, expect, it } from 'vitest'

import { competitors } from '#plugins/guards/competitors'

import { contentOf, startGuarded } from './guarded.ts'
import { createLocalCheck, findings } from './local-check.ts'

const names = ['Acme', 'Big Corp', 'Café Noir', '東京']

describe('competitors', () => {
  it('are found in any case and spelling, also inside of words', () => {
    const check = createLocalCheck(competitors, { competitors: names })
    const text = 'ACMESoft, big-corp, BigCorp, cafe\u0301  noir and 東京都'
    expect(findings(check, text)).toEqual([
      'COMPETITOR ACME',
      'COMPETITOR big-corp',
      'COMPETITOR BigCorp',
      'COMPETITOR cafe\u0301  noir',
      'COMPETITOR 東京',
    ])
  })

  it('are found as whole words only, when told so', () => {
    const check = createLocalCheck(competitors, { competitors: names, match_partial: false })
    expect(findings(check, "acmes ÿacme 😀Acme, Acme's 東京都")).toEqual([
      'COMPETITOR Acme',
      'COMPETITOR Acme',
    ])
  })

  it('are found in the case of the list, when told so', () => {
    const check = createLocalCheck(competitors, { competitors: names, case_sensitive: true })
    expect(findings(check, 'acme Acme')).toEqual(['COMPETITOR Acme'])
  })

  it('are masked in what the model says', async () => {
    await using guarded = await startGuarded(
      [competitors({ competitors: ['Acme'], action: 'redact' })],
      () => 'Try Acme!',
    )
    expect(contentOf(await guarded.ask('Acme or you?'))).toBe('Try [COMPETITOR]!')
    expect(guarded.heard[0]?.messages[0].content).toBe('Acme or you?')
  })
})
