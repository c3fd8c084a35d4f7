import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { createCatalogue, type Price } from '../../core/catalogue.ts'
import type { TokenUsage } from '../../core/chat/completion.ts'
import { costOf, pinPrices } from '../../core/cost.ts'
import { inputTokens, outputTokens, toTokenClasses } from '../../core/token-classes.ts'

const count = fc.integer({ min: 0, max: 10_000_000 })
const usage: fc.Arbitrary<TokenUsage> = fc.record({
  prompt_tokens: count,
  completion_tokens: count,
  total_tokens: count,
  prompt_tokens_details: fc.record({
    cached_tokens: count,
    cache_creation_tokens: count,
    cache_creation_1h_tokens: count,
    audio_tokens: count,
  }),
  completion_tokens_details: fc.record({ reasoning_tokens: count, audio_tokens: count }),
})

describe('classes of tokens', () => {
  it('never overlap: they add up to the two totals, whatever the details claim', () => {
    fc.assert(
      fc.property(usage, (told) => {
        const classes = toTokenClasses(told)
        expect(Object.values(classes).every((tokens) => tokens >= 0)).toBe(true)
        expect(inputTokens(classes)).toBe(told.prompt_tokens)
        expect(outputTokens(classes)).toBe(told.completion_tokens)
      }),
    )
  })

  it('survive nonsense', () => {
    const nonsense = { prompt_tokens: '7', completion_tokens: -3, total_tokens: null } as never
    expect(inputTokens(toTokenClasses(nonsense))).toBe(0)
    expect(outputTokens(toTokenClasses(nonsense))).toBe(0)
  })
})

describe('the cost', () => {
  it('is the sum over the classes of tokens × price, to the last digit', () => {
    const price = fc.integer({ min: 0, max: 100_000_000 }).map((millionths) => millionths / 1e6)
    fc.assert(
      fc.property(usage, fc.array(price, { minLength: 7, maxLength: 7 }), (told, list) => {
        const [
          input = 0,
          output = 0,
          cachedInput,
          cacheWrite,
          cacheWrite1h,
          audioInput,
          audioOutput,
        ] = list
        const classes = toTokenClasses(told)
        const prices = pinPrices(
          { input, output, cachedInput, cacheWrite, cacheWrite1h, audioInput, audioOutput },
          inputTokens(classes),
        )
        const exact = (tokens: number, usd: number): bigint =>
          BigInt(tokens) * BigInt(Math.round(usd * 1e6))
        const pico =
          exact(classes.input, prices.input) +
          exact(classes.cachedInput, prices.cachedInput) +
          exact(classes.cacheWrite, prices.cacheWrite) +
          exact(classes.cacheWrite1h, prices.cacheWrite1h) +
          exact(classes.audioInput, prices.audioInput) +
          exact(classes.output + classes.reasoning, prices.output) +
          exact(classes.audioOutput, prices.audioOutput)
        const [whole = '', fraction = ''] = costOf(classes, prices).split('.')
        expect(BigInt(whole + fraction.padEnd(12, '0'))).toBe(pico)
      }),
    )
  })

  it.each([
    [6725, 171, '0.022227'],
    [3_196_182, 74_096, '10.477698'],
  ])('of %i in at 3 and %i out at 12 USD per million is %s', (input, output, expected) => {
    const classes = toTokenClasses({
      prompt_tokens: input,
      completion_tokens: output,
      total_tokens: input + output,
    })
    expect(costOf(classes, pinPrices({ input: 3, output: 12 }, input))).toBe(expected)
  })

  it('counts what is written to the prompt cache for an hour at its own price', () => {
    const classes = toTokenClasses({
      prompt_tokens: 1000,
      completion_tokens: 0,
      total_tokens: 1000,
      prompt_tokens_details: { cache_creation_tokens: 900, cache_creation_1h_tokens: 400 },
    })
    const list = { input: 3, output: 15, cacheWrite: 3.75 }
    expect(classes).toMatchObject({ input: 100, cacheWrite: 500, cacheWrite1h: 400 })
    expect(costOf(classes, pinPrices({ ...list, cacheWrite1h: 6 }, 1000))).toBe('0.004575')
    expect(costOf(classes, pinPrices(list, 1000))).toBe('0.003675')
  })

  it('takes the tier that the size of the prompt reaches', () => {
    const list = { input: { base: 1, tiers: [{ start: 200_000, price: 2 }] }, output: 1 }
    expect(pinPrices(list, 200_000).input).toBe(1)
    expect(pinPrices(list, 200_001)).toMatchObject({ input: 2, cachedInput: 2 })
  })
})

describe('the catalogue', () => {
  const catalogue = createCatalogue(
    [{ name: 'openai' }, { name: 'mine', catalogueName: 'anthropic' }],
    { 'openai/gpt-4o': { input: 99, output: 99 } },
  )

  it('knows the prices of well-known models', () => {
    expect(catalogue.facts('openai', 'gpt-4o-mini').prices).toMatchObject({
      input: 0.15,
      output: 0.6,
    })
  })

  it('lets the config file win', () => {
    expect(catalogue.facts('openai', 'gpt-4o').prices?.input).toBe(99)
  })

  it('finds a provider under the name it has there', () => {
    expect(catalogue.facts('mine', 'claude-sonnet-4-5').prices).toMatchObject({
      input: { base: 3 },
    })
  })

  it('knows what it costs to write to the prompt cache for an hour', () => {
    const { prices } = catalogue.facts('mine', 'claude-sonnet-4-5')
    expect(priceBase(prices?.cacheWrite)).toBe(3.75)
    expect(priceBase(prices?.cacheWrite1h)).toBe(6)
  })

  it('says that it does not know, and not 0', () => {
    expect(catalogue.facts('openai', 'nobody-knows-this').prices).toBeUndefined()
    expect(catalogue.facts('nobody', 'gpt-4o').prices).toBeUndefined()
  })
})

function priceBase(price: Price | undefined): number | undefined {
  return typeof price === 'object' ? price.base : price
}
