import { describe, expect, it } from 'vitest'

import { complete, streamCompletion } from './demo-models.ts'

describe('text completions of the demo', () => {
  it('echo the prompt', async () => {
    expect(await complete('echo', { prompt: 'Once upon a time' })).toMatchObject({
      id: expect.stringMatching(/^cmpl-/),
      object: 'text_completion',
      model: 'echo',
      choices: [{ index: 0, text: 'Once upon a time', logprobs: null, finish_reason: 'stop' }],
      usage: { prompt_tokens: 4, completion_tokens: 4, total_tokens: 8 },
    })
  })

  it('answer each prompt as often as asked, with the prompt before it if asked', async () => {
    const { choices } = await complete('echo', { prompt: ['a', 'b'], n: 2, echo: true })
    expect(choices.map(({ index, text }) => [index, text])).toEqual([
      [0, 'aa'],
      [1, 'aa'],
      [2, 'bb'],
      [3, 'bb'],
    ])
  })

  it('count the tokens of a prompt of tokens', async () => {
    const { usage } = await complete('lorem', { prompt: [1, 2, 3], max_tokens: 5 })
    expect(usage).toMatchObject({ prompt_tokens: 3, completion_tokens: 5 })
    const lists = await complete('echo', { prompt: [[1], [2, 3]] })
    expect(lists.choices).toHaveLength(2)
  })

  it.each([[[]], [null], [['a', 1]], [{}]])('refuse the prompt %j', async (prompt) => {
    await expect(complete('echo', { prompt: prompt as never })).rejects.toMatchObject({
      code: 'invalid_parameter',
      param: 'prompt',
    })
  })

  it('stream word by word', async () => {
    const texts: string[] = []
    let last: unknown
    for await (const event of streamCompletion('echo', { prompt: 'one two' })) {
      expect(event.object).toBe('text_completion')
      texts.push(...event.choices.map(({ text }) => text))
      last = event
    }
    expect(texts).toEqual(['one ', 'two', ''])
    expect(last).toMatchObject({ choices: [], usage: { total_tokens: 4 } })
  })

  it('fail as chat does', async () => {
    await expect(complete('fail', { prompt: '429' })).rejects.toMatchObject({
      code: 'provider_rate_limited',
    })
    const reading = Array.fromAsync(streamCompletion('fail', { prompt: 'mid-stream' }))
    await expect(reading).rejects.toMatchObject({ code: 'upstream_error' })
  })
})
