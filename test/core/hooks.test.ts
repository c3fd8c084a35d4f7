import { describe, expect, it } from 'vitest'

import { definePlugin, GatewayError, type HookHandlers, type PluginEntry } from '#core'

import { demoLike } from '../helpers/demo-like.ts'
import { say, startGateway } from '../helpers/gateway.ts'

/** A plugin of nothing but these handlers. */
function hooked(name: string, hooks: HookHandlers): PluginEntry {
  return definePlugin({
    name,
    schema: { type: 'object', additionalProperties: false },
    setup: () => ({ hooks }),
  })()
}

const hello = say('like/echo', 'hello')
const fail = (): never => {
  throw new Error('oops, with a secret inside')
}

describe('the hooks', () => {
  it('run pre before the others before post, else in the order of the config', async () => {
    const seen: string[] = []
    const note = (name: string) => () => void seen.push(name)
    await using gateway = await startGateway({
      plugins: [
        demoLike(),
        hooked('a', { preRoute: { order: 'post', handler: note('a') } }),
        hooked('b', { preRoute: note('b') }),
        hooked('c', { preRoute: { order: 'pre', handler: async () => note('c')() } }),
        hooked('d', { preRoute: note('d') }),
      ],
    })
    await gateway.chat(hello)
    expect(seen).toEqual(['c', 'b', 'd', 'a'])
  })

  it('let the first answer of preRoute end it', async () => {
    const answer = {
      id: 'early',
      object: 'chat.completion',
      created: 1,
      model: 'cache',
      choices: [],
    } as const
    await using gateway = await startGateway({
      plugins: [
        demoLike(),
        hooked('passes', { preRoute: () => null as never }),
        hooked('answers', { preRoute: async () => ({ answer: { ...answer, choices: [] } }) }),
        hooked('never', { preRoute: fail }),
      ],
    })
    expect((await gateway.chat(hello)).body.id).toBe('early')
  })

  it('hand the targets from one router to the next', async () => {
    await using gateway = await startGateway({
      plugins: [
        demoLike(),
        hooked('first', { routing: () => [{ provider: 'like', model: 'nobody' }] }),
        hooked('passes', { routing: () => undefined }),
        hooked('second', {
          routing: (targets) => [...targets, { provider: 'like', model: 'echo' }].slice(1),
        }),
      ],
    })
    expect((await gateway.chat(hello)).status).toBe(200)
  })

  it.each(['preRoute', 'routing', 'guardInput', 'guardOutput'] as const)(
    'name the plugin that fails in %s, and let nothing through',
    async (hook) => {
      await using gateway = await startGateway({
        plugins: [demoLike(), hooked('broken', { [hook]: fail })],
      })
      const answer = await gateway.chat(hello)
      expect(answer.status).toBe(500)
      expect(answer.body.error).toMatchObject({
        code: 'plugin_error',
        message: `Plugin "broken" failed in ${hook}.`,
        details: { plugin: 'broken', hook },
      })
      expect(answer.text).not.toContain('secret')
      expect(gateway.records[0]).toMatchObject({ status: 'error', errorCode: 'plugin_error' })
    },
  )

  it('pass on a refusal as it is', async () => {
    const refuse = (): never => {
      throw new GatewayError('budget_exceeded', 'The budget of today is used up.')
    }
    await using gateway = await startGateway({
      plugins: [demoLike(), hooked('budget', { preRoute: refuse })],
    })
    const answer = await gateway.chat(hello)
    expect(answer.status).toBe(402)
    expect(answer.headers.get('x-should-retry')).toBe('false')
    expect(gateway.records[0]).toMatchObject({ status: 'refused', errorCode: 'budget_exceeded' })
  })

  it('let no observer disturb the answer or another observer', async () => {
    const seen: string[] = []
    await using gateway = await startGateway({
      plugins: [
        demoLike(),
        hooked('one', { usage: fail, postResponse: fail }),
        hooked('two', { usage: async () => fail() }),
        hooked('three', {
          usage: ({ requestId }) => void seen.push(`usage ${requestId}`),
          postResponse: ({ exchange }) => void seen.push(`post ${exchange.id}`),
        }),
      ],
    })
    const answer = await gateway.chat(hello)
    const id = answer.headers.get('x-request-id')
    await gateway.stop()
    expect(seen).toEqual([`usage ${id}`, `post ${id}`])
    const faults = gateway.logs.filter((line) => line.includes('failed in'))
    expect(faults.map((line) => JSON.parse(line).msg)).toEqual(
      expect.arrayContaining([
        'Plugin "one" failed in usage.',
        'Plugin "two" failed in usage.',
        'Plugin "one" failed in postResponse.',
      ]),
    )
  })

  it('redact in turn: each guard reads what the last one left', async () => {
    const replace = (from: string, to: string): HookHandlers => ({
      guardInput: ({ segments }) => ({
        passed: true,
        replacements: new Map(segments.map(({ text }, index) => [index, text.replace(from, to)])),
      }),
    })
    await using gateway = await startGateway({
      plugins: [
        demoLike(),
        hooked('one', replace('hello', 'one')),
        hooked('two', replace('one', 'two')),
      ],
    })
    expect((await gateway.chat(hello)).body.choices[0].message.content).toBe('two')
  })

  it('block with 446 in both shapes', async () => {
    await using gateway = await startGateway({
      plugins: [
        demoLike(),
        hooked('strict', { guardOutput: () => ({ passed: false, confidence: 0.9, text: 'No.' }) }),
      ],
    })
    const answer = await gateway.chat(hello)
    expect(answer.status).toBe(446)
    expect(answer.body).toMatchObject({
      error: { type: 'guardrail_error', code: 'guardrail_blocked', details: { stage: 'output' } },
      message: expect.stringContaining('not passed'),
      details: { passed: false, confidence: 0.9, text: 'No.' },
    })
    expect(gateway.records[0]).toMatchObject({ status: 'blocked', statusCode: 446 })
  })
})

describe('the explain record', () => {
  it('tells what each plugin decided and how long it took', async () => {
    await using gateway = await startGateway({
      plugins: [
        demoLike(),
        hooked('looks', { preRoute: () => undefined }),
        hooked('routes', { routing: (targets) => targets }),
      ],
    })
    const answer = await gateway.chat(hello, { 'x-tapgate-explain': '1' })
    expect(answer.headers.get('x-tapgate-explain')).toMatch(
      /^preRoute\/looks [\d.]+us passed; routing\/routes [\d.]+us targets: like\/echo; dispatch/,
    )
    const id = answer.headers.get('x-request-id')
    const explained = await gateway.get(`/api/requests/${id}/explain`)
    expect(explained.body.steps).toMatchObject([
      { plugin: 'looks', step: 'preRoute', decision: 'passed' },
      { plugin: 'routes', step: 'routing', decision: 'targets: like/echo' },
      { plugin: 'like/echo', step: 'dispatch', decision: 'answered' },
    ])
    expect(gateway.records[0]?.explain).toHaveLength(3)
  })

  it('of an unknown request is 404 and says how to get one', async () => {
    await using gateway = await startGateway({ plugins: [demoLike()] })
    const answer = await gateway.get('/api/requests/req_0/explain')
    expect(answer.status).toBe(404)
    expect(answer.body.error.message).toContain('x-tapgate-explain')
  })
})
