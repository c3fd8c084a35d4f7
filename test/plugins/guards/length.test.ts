import { describe, expect, it } from 'vitest'

import { length } from '#plugins/guards/length'

import { startGuarded } from './guarded.ts'
import { createLocalCheck } from './local-check.ts'

describe('length', () => {
  it('counts characters as people do, words, and tokens', () => {
    expect(createLocalCheck(length, { max_characters: 2 })('😀😀')).toBeUndefined()
    expect(createLocalCheck(length, { max_characters: 2 })('😀😀😀')?.text).toBe(
      'The text has 3 characters; at most 2 are allowed.',
    )
    expect(createLocalCheck(length, { min_words: 3 })('two words')?.text).toBe(
      'The text has 2 words; at least 3 are needed.',
    )
    expect(createLocalCheck(length, { max_tokens: 5 })('one '.repeat(50))?.passed).toBe(false)
    expect(createLocalCheck(length, { max_tokens: 5 })('one')).toBeUndefined()
  })

  it('refuses limits that leave nothing', () => {
    expect(() => createLocalCheck(length, { min_words: 3, max_words: 2 })).toThrow(
      'must not be above max_words',
    )
  })

  it('judges the last message of a request', async () => {
    await using guarded = await startGuarded([length({ stage: 'input', maxWords: 2 })])
    expect((await guarded.ask('one two three')).status).toBe(446)
    expect((await guarded.ask('one two')).status).toBe(200)
  })
})
