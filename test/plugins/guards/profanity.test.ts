import { describe, expect, it } from 'vitest'

import { profanity } from '#plugins/guards/profanity'

import { startGuarded } from './guarded.ts'
import { createLocalCheck, findings } from './local-check.ts'

const check = createLocalCheck(profanity, { words: ['Rumpelstilz'], exceptions: ['damn'] })

describe('profanity', () => {
  it.each([
    ['what the fuck', 'fuck'],
    ['FUCKING hell', 'FUCKING'],
    ['Sh1t!', 'Sh1t'],
    ['it is s.h.i.t', 's.h.i.t'],
    ['f u c k you', 'f u c k'],
    ['fuuuuuck', 'fuuuuuck'],
    ['f*ck and all', 'f*ck'],
    ['f**k', 'f**k'],
    ['@$$hole', '@$$hole'],
    ['well,shit', 'shit'],
    ['bull-shit', 'shit'],
    ['So eine Scheiße', 'Scheiße'],
    ['merde!', 'merde'],
    ['¡Mierda!', 'Mierda'],
    ['ну сука', 'сука'],
    ['kurwa mać', 'kurwa'],
    ['rumpelstilz', 'rumpelstilz'],
  ])('is found in %s', (text, word) => {
    expect(findings(check, `😀 ${text}`)).toEqual([`PROFANITY ${word}`])
  })

  it.each([
    'Scunthorpe and Penistone',
    'class assessment',
    'damn',
    'Cockburn cocktail',
    'as simple as that',
    'a b c d e',
    'Dickens, Essex, analysis, therapist',
    '5417 2022! $$$ ***',
  ])('is not found in %s', (text) => {
    expect(findings(check, text)).toEqual([])
  })

  it('is looked for in some languages only, when told so', () => {
    const french = createLocalCheck(profanity, { languages: ['fr'] })
    expect(findings(french, 'merde, shit')).toEqual(['PROFANITY merde'])
  })

  it('is masked in what the model says', async () => {
    await using guarded = await startGuarded([profanity({ action: 'redact' })], () => 'Oh sh1t.')
    expect((await guarded.ask('hi')).body.choices[0].message.content).toBe('Oh [PROFANITY].')
  })
})
