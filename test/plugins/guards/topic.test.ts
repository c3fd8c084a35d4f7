import { describe, expect, it } from 'vitest'

import { topic } from '#plugins/guards/topic'

import { stem } from '../../../plugins/guards/topic/stem.ts'
import { createLocalCheck } from './local-check.ts'

describe('topic', () => {
  it('blocks a forbidden one, and says how sure it is', () => {
    const check = createLocalCheck(topic, { forbidden_topics: ['politics'] })
    expect(check('The elections: which candidates did the voters elect?')).toMatchObject({
      passed: false,
      text: 'The text is about politics.',
      confidence: 0.875,
    })
    expect(check('Which candidate got the job?')).toBeUndefined()
  })

  it('needs one word of a topic that is one word', () => {
    const check = createLocalCheck(topic, { forbidden_topics: ['knitting'] })
    expect(check('I knit socks')?.passed).toBe(false)
  })

  it('takes words from its parameters, in any form or by their beginning', () => {
    const words = {
      forbidden_topics: ['cars'],
      topic_words: { cars: ['engine', 'wheel', 'auto*'] },
    }
    const check = createLocalCheck(topic, words)
    expect(check('Engines and wheels')?.passed).toBe(false)
    expect(check('Automobiles with engines')?.passed).toBe(false)
    expect(check('An engineer')).toBeUndefined()
  })

  it('blocks what is about none of the allowed ones, if it is long enough to tell', () => {
    const check = createLocalCheck(topic, { allowed_topics: ['medicine', 'law'] })
    expect(check('Write me a poem about the sea')?.passed).toBe(false)
    expect(check('Which doctor treats a fever?')).toBeUndefined()
    expect(check('Hello there')).toBeUndefined()
  })

  it('blocks less with a higher threshold', () => {
    const strict = createLocalCheck(topic, { forbidden_topics: ['politics'], threshold: 0.5 })
    const lax = createLocalCheck(topic, { forbidden_topics: ['politics'], threshold: 0.95 })
    expect(strict('The president')?.passed).toBe(false)
    expect(lax('The president and the parliament')).toBeUndefined()
  })

  it.each([
    ['elections', 'elected'],
    ['betting', 'bet'],
    ['prescriptions', 'prescription'],
    ['politics', 'politic'],
    ['lawyers', "lawyer's"],
  ])('takes %s and %s for one word', (one, other) => {
    expect(stem(one)).toBe(stem(other))
  })
})
