import { describe, expect, it } from 'vitest'

import { createCatalogue } from '../../core/catalogue.ts'
import { familyCapabilities } from '../../core/model-families.ts'

describe('what is known of a family', () => {
  it.each([
    ['gpt-3.5-turbo', 'tools'],
    ['gpt-4-turbo-2024-04-09', 'tools vision'],
    ['gpt-4o-mini', 'files structured_output tools vision'],
    ['openai/gpt-5-mini', 'files reasoning structured_output tools vision'],
    ['o3-mini', 'reasoning structured_output tools'],
    ['claude-2.1', ''],
    ['anthropic.claude-3-5-sonnet-20241022-v2:0', 'files structured_output tools vision'],
    ['us.anthropic.claude-sonnet-4-5', 'files reasoning structured_output tools vision'],
    ['gemini-2.5-flash', 'audio files reasoning structured_output tools vision'],
    ['deepseek-chat', 'structured_output tools'],
    ['meta-llama/Llama-3.3-70B-Instruct', 'structured_output tools'],
    ['llama3.1:8b', 'structured_output tools'],
  ])('%s can: %s', (model, capabilities) => {
    expect([...(familyCapabilities(model) ?? ['unknown'])].toSorted().join(' ')).toBe(capabilities)
  })

  it.each([
    'llama-3.2-11b-vision-instruct',
    'gpt-4o-audio-preview',
    'gpt-realtime',
    'qwen2.5-vl-72b-instruct',
    'my-own-model',
    'text-embedding-3-small',
    'gemini-2.5-flash-image',
  ])('nothing is assumed of %s', (model) => {
    expect(familyCapabilities(model)).toBeUndefined()
  })

  it('is beneath what the operator says', () => {
    const told = { 'openai/gpt-4o': { capabilities: ['tools'], contextWindow: 9 } } as const
    const catalogue = createCatalogue([{ name: 'openai' }], {}, told)
    expect(catalogue.facts('openai', 'gpt-4o')).toMatchObject({
      capabilities: new Set(['tools']),
      contextWindow: 9,
    })
    expect(catalogue.models('openai').get('gpt-4o')).toMatchObject({ contextWindow: 9 })
    expect(catalogue.facts('openai', 'gpt-4.1').capabilities?.has('vision')).toBe(true)
  })
})
