import { describe, expect, it } from 'vitest'

import { language } from '#plugins/guards/language'

import { detectLanguage } from '../../../plugins/guards/language/detect-language.ts'
import { languageCode } from '../../../plugins/guards/language/names.ts'
import { createLocalCheck } from './local-check.ts'

/** The first article of the Universal Declaration of Human Rights, or most of it. */
const DECLARATION: readonly (readonly [string, string])[] = [UDHR]
/** Too alike to be told from each other with much confidence. */
const NEIGHBOURS = [
  ['da', 'no', 'sv'],
  ['cs', 'sk'],
  ['ru', 'bg', 'uk', 'sr'],
  ['es', 'ca', 'pt'],
]

describe('language', () => {
  it.each(DECLARATION)('tells %s', (code, text) => {
    expect(detectLanguage(text)?.language).toBe(code)
  })

  it.each(DECLARATION)('is sure that %s is none of others', (code, text) => {
    const near = NEIGHBOURS.find((group) => group.includes(code)) ?? [code]
    const others = DECLARATION.map(([other]) => other).filter((other) => !near.includes(other))
    for (const other of others) {
      expect(detectLanguage(text, new Set([other]))?.confidence).toBeGreaterThan(0.7)
    }
  })

  it.each([
    ['en', 'Hello, how are you?'],
    ['en', 'What is the weather today?'],
    ['de', 'Wie ist das Wetter heute?'],
    ['fr', 'Quel temps fait-il ?'],
    ['nl', 'Hoe gaat het met je?'],
    ['ja', 'こんにちは'],
    ['zh', '你好'],
    ['ko', '안녕하세요'],
  ])('tells %s from a short question', (code, text) => {
    expect(detectLanguage(text)?.language).toBe(code)
  })

  it('does not guess at what says nothing', () => {
    for (const text of ['', '12345', 'ok', '...', '😀', '\ud83d', 'foo()']) {
      expect(detectLanguage(text)?.confidence ?? 0).toBeLessThan(0.7)
    }
  })

  it('knows languages by names and codes', () => {
    const names = ['English', 'deutsch', 'pt-BR', '中文', 'Norwegian', 'nb', 'Klingon']
    expect(names.map(languageCode)).toEqual(['en', 'de', 'pt', 'zh', 'no', 'no', undefined])
  })

  it('blocks what is not allowed, and names it', () => {
    const check = createLocalCheck(language, { allowed_languages: ['English'] })
    expect(check('What is the weather like today?')).toBeUndefined()
    expect(check('ok')).toBeUndefined()
    expect(check('Wie ist das Wetter heute bei euch?')).toMatchObject({
      passed: false,
      text: 'The text is in German, which is not allowed.',
    })
  })

  it('refuses a language that it can not tell', () => {
    expect(() => createLocalCheck(language, { allowed_languages: ['Klingon'] })).toThrow('told')
  })
})
