import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { toTokenClasses } from '../../../../core/token-classes.ts'
import { toTokenUsage } from '../../../../plugins/providers/google/usage.ts'

/** The longest a property may take on a busy machine. */
const PATIENCE_MS = 60_000

const audio = (tokenCount: number): object[] => [{ modality: 'AUDIO', tokenCount }]

describe('the usage of an answer', { timeout: PATIENCE_MS }, () => {
  it('counts thoughts as output, and what Google’s tools read as input', () => {
    const usage = toTokenUsage({
      promptTokenCount: 55,
      candidatesTokenCount: 51,
      totalTokenCount: 251,
      toolUsePromptTokenCount: 89,
      thoughtsTokenCount: 56,
    })

    expect(usage).toMatchObject({ prompt_tokens: 144, completion_tokens: 107, total_tokens: 251 })
    expect(usage.completion_tokens_details?.reasoning_tokens).toBe(56)
  })

  it('does not count thoughts twice when the candidates hold them already', () => {
    const usage = toTokenUsage({
      promptTokenCount: 10,
      candidatesTokenCount: 50,
      thoughtsTokenCount: 40,
      totalTokenCount: 60,
    })

    expect(usage).toMatchObject({ completion_tokens: 50, total_tokens: 60 })
  })

  it('counts audio from the cache as cached', () => {
    const usage = toTokenUsage({
      promptTokenCount: 100,
      cachedContentTokenCount: 60,
      promptTokensDetails: audio(80),
      cacheTokensDetails: audio(60),
      candidatesTokenCount: 9,
      candidatesTokensDetails: audio(9),
    })

    expect(usage.prompt_tokens_details).toEqual({ cached_tokens: 60, audio_tokens: 20 })
    expect(usage.completion_tokens_details).toEqual({ reasoning_tokens: 0, audio_tokens: 9 })
  })

  const count = fc.oneof(fc.nat(5000), fc.constantFrom(undefined, null, -1, 1.5, 'x'))
  const details = fc.oneof(
    fc.constant(undefined),
    fc.array(fc.record({ modality: fc.constantFrom('TEXT', 'AUDIO', 'IMAGE'), tokenCount: count })),
  )
  const anyUsage = fc.record({
    promptTokenCount: count,
    candidatesTokenCount: count,
    thoughtsTokenCount: count,
    toolUsePromptTokenCount: count,
    cachedContentTokenCount: count,
    totalTokenCount: count,
    promptTokensDetails: details,
    cacheTokensDetails: details,
    candidatesTokensDetails: details,
    toolUsePromptTokensDetails: details,
  })

  it('never counts a token in two classes, whatever Google says', () => {
    fc.assert(
      fc.property(anyUsage, (raw) => {
        const usage = toTokenUsage(raw)
        const { cached_tokens = 0, audio_tokens = 0 } = usage.prompt_tokens_details ?? {}
        const out = usage.completion_tokens_details ?? {}
        const numbers = [usage.prompt_tokens, usage.completion_tokens, cached_tokens, audio_tokens]

        expect(numbers.every((number) => Number.isInteger(number) && number >= 0)).toBe(true)
        expect(cached_tokens + audio_tokens).toBeLessThanOrEqual(usage.prompt_tokens)
        expect((out.reasoning_tokens ?? 0) + (out.audio_tokens ?? 0)).toBeLessThanOrEqual(
          usage.completion_tokens,
        )
        expect(usage.total_tokens).toBe(usage.prompt_tokens + usage.completion_tokens)
      }),
    )
  })

  it('falls into the classes of the ledger without a rest', () => {
    fc.assert(
      fc.property(anyUsage, (raw) => {
        const usage = toTokenUsage(raw)
        const sum = Object.values(toTokenClasses(usage)).reduce(
          (total, tokens) => total + tokens,
          0,
        )

        expect(sum).toBe(usage.total_tokens)
      }),
    )
  })
})
