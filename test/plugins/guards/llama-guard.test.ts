import { describe, expect, it } from 'vitest'

import type { ChatRequest } from '#core'
import { llamaGuard } from '#plugins/guards/llama-guard'

import { lastText, localProvider, outOfOrder, type Answering } from '../local-provider.ts'
import { asking, startGuarded, type Guarded } from './guarded.ts'

function start(
  says: Answering | string,
  options: Partial<Parameters<typeof llamaGuard>[0]> = {},
): Promise<Guarded> {
  const rater = localProvider(
    'rater',
    ['llama-guard'],
    typeof says === 'string' ? () => says : says,
  )
  const guard = llamaGuard({ model: 'rater/llama-guard', stage: 'input', ...options })
  return startGuarded([rater, guard])
}

describe('a rating', () => {
  it.each([
    ['safe', 200],
    ['\n\nsafe\n', 200],
    ['unsafe\nS1', 446],
    ['\n\nunsafe\nS1,S10', 446],
    ['unsafe\n s11 , S2 ', 446],
    ['unsafe', 446],
  ])('%j is understood', async (said, expected) => {
    await using guarded = await start(said)
    const answer = await guarded.ask('hello')
    expect(answer.status).toBe(expected)
    expect(answer.text).not.toContain('The guard failed')
  })

  it('names the hazards', async () => {
    await using guarded = await start('unsafe\nS1,S10')
    const { body } = await guarded.ask('hello')
    expect(body.details.text).toBe('The text is unsafe: violent crimes, hate.')
  })

  it.each([
    '',
    'Safe!',
    'SAFE and sound',
    'safe\nS1',
    'unsafe\nviolence',
    'unsafe\nS1\nS2',
    'I can not say.',
  ])('%j is not, and that is a fault', async (said) => {
    await using guarded = await start(said)
    expect((await guarded.ask('hello')).body.details.text).toContain('The guard failed')
    expect(guarded.gateway.logs.join()).toContain('llama_guard_not_understood')
    await using open = await start(said, { onError: 'allow' })
    expect((await open.ask('hello')).status).toBe(200)
  })

  it('counts only for the hazards that are asked about', async () => {
    await using guarded = await start('unsafe\nS10', { categories: ['S1'] })
    expect((await guarded.ask('hello')).status).toBe(200)
    await using other = await start('unsafe\nS1,S10', { categories: ['S1'] })
    expect((await other.ask('hello')).status).toBe(446)
    await using silent = await start('unsafe', { categories: ['S1'] })
    expect((await silent.ask('hello')).status).toBe(446)
  })

  it('only goes into the record when the guard observes', async () => {
    await using guarded = await start('unsafe\nS1', { action: 'observe' })
    expect((await guarded.ask('hello')).status).toBe(200)
  })
})

it('judges an answer in the light of the question, streamed or not', async () => {
  const asked: ChatRequest[] = []
  const rater: Answering = (request) => {
    asked.push(request)
    return lastText(request) === 'good' ? 'safe' : 'unsafe\nS9'
  }
  await using guarded = await start(rater, { stage: 'output' })
  expect((await guarded.ask('bad')).status).toBe(446)
  expect((await guarded.ask('bad', { stream: true })).text).toContain('guardrail_blocked')
  expect((await guarded.ask('good', { stream: true })).text).toContain('good')
  expect(asked[0]?.messages).toEqual([
    { role: 'user', content: 'bad' },
    { role: 'assistant', content: 'bad' },
  ])
})

it('blocks when the model can not be asked', async () => {
  await using guarded = await start(() => {
    throw outOfOrder()
  })
  expect((await guarded.ask('hello')).status).toBe(446)
})

it('lets a request choose the hazards, but not the model', async () => {
  await using guarded = await start('unsafe\nS10', { apply: 'on-request' })
  const choosing = (parameters: object): object => asking('llama-guard', parameters)
  expect((await guarded.ask('hi', choosing({ categories: ['S1'] }))).status).toBe(200)
  expect((await guarded.ask('hi', choosing({ categories: ['S10'] }))).status).toBe(446)
  expect((await guarded.ask('hi', choosing({ categories: ['S99'] }))).status).toBe(400)
  expect((await guarded.ask('hi', choosing({ model: 'local/echo' }))).status).toBe(400)
})
