import { describe, expect, it } from 'vitest'

import { codeBlock } from '#plugins/guards/code-block'

import { guessLanguage } from '../../../plugins/guards/code-block/languages.ts'
import { createLocalCheck, findings } from './local-check.ts'

const PYTHON = '```py\nprint(1)\n```'
const SQL = '~~~\nSELECT a FROM b\n~~~'

describe('code', () => {
  it('is found between fences, and goes on to the end when it is never closed', () => {
    const check = createLocalCheck(codeBlock, {})
    expect(findings(check, `hi\n${PYTHON}\nx\n${SQL}\n`)).toEqual([`CODE ${PYTHON}`, `CODE ${SQL}`])
    expect(findings(check, 'hi\n```js\nopen')).toEqual(['CODE ```js\nopen'])
    expect(findings(check, '````md\n```js\n```\n````')).toEqual(['CODE ````md\n```js\n```\n````'])
    expect(findings(check, 'no code here, `npm i` apart')).toEqual([])
  })

  it('is found between back quotes when asked for', () => {
    const check = createLocalCheck(codeBlock, { inline: true })
    expect(findings(check, 'use `npm i` and ``a b``')).toEqual(['CODE `npm i`', 'CODE ``a b``'])
  })

  it('passes in languages that are allowed, by any of their names', () => {
    const check = createLocalCheck(codeBlock, { allowed_languages: ['Python'] })
    expect(findings(check, `${PYTHON}\n${SQL}`)).toEqual([`CODE ${SQL}`])
  })

  it('is found only in languages that are denied, when some are', () => {
    const check = createLocalCheck(codeBlock, { denied_languages: ['postgresql'] })
    expect(findings(check, `${PYTHON}\n${SQL}`)).toEqual([`CODE ${SQL}`])
  })

  it.each([
    ['python', 'def add(a, b):\n    return a + b'],
    ['sql', 'select name from users where id = 1'],
    ['shell', '$ ls -la'],
    ['javascript', 'const a = () => { return 1 }'],
    ['typescript', 'interface Point {\n  x: number\n}'],
    ['html', '<div>hi</div>'],
    ['go', 'package main'],
    ['rust', 'let mut x = 1;'],
    ['java', 'public class Main {}'],
    ['json', '{"a": 1}'],
    ['unknown', 'just words'],
  ])('is told to be %s by its looks', (language, code) => {
    expect(guessLanguage(code)).toBe(language)
  })
})
