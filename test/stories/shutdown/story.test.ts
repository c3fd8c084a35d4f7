import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { makeTestDatabase } from '../../helpers/database.ts'
import { eventsOf, say } from '../../helpers/gateway.ts'
import { DONE, END_EVENT, textEvent, USAGE_EVENT } from '../../helpers/openai.ts'
import { KEY, serve, type ServedGateway, type ServeOptions } from '../../helpers/serve.ts'
import { hang, sse, startUpstream, type Handler } from '../../helpers/upstream.ts'

const config = join(import.meta.dirname, 'gateway.config.ts')

async function startBefore(
  handler: Handler,
  more: ServeOptions = {},
): Promise<{ gateway: ServedGateway } & AsyncDisposable> {
  const upstream = await startUpstream(handler)
  const environment = {
    MODELS_URL: `${upstream.url}/v1`,
    MODELS_KEY: 'sk-models',
    TAPGATE_CONFIG: config,
  }
  const database = await makeTestDatabase('postgres')
  const gateway = await serve({ database, environment, ...more })
  return {
    gateway,
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]()
      await upstream[Symbol.asyncDispose]()
    },
  }
}

/** Begins a stream, and resolves when its first event is here. */
async function beginStream(gateway: ServedGateway): Promise<{ rest: Promise<string>; id: string }> {
  const response = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${KEY}` },
    body: JSON.stringify(say('models/m', 'Hello.', { stream: true })),
  })
  expect(response.status).toBe(200)
  return { rest: response.text(), id: response.headers.get('x-request-id') ?? '' }
}

const statuses = 'select request_id, status, tokens_output from requests order by request_id'

describe('a gateway that is told to stop', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('lets running streams end: %s', async (signal) => {
    const { promise: released, resolve: release } = Promise.withResolvers<void>()
    const play = sse([textEvent('Hel'), released, textEvent('lo.'), END_EVENT, USAGE_EVENT, DONE])
    await using both = await startBefore(() => play)
    const { gateway } = both
    const streams = await Promise.all([1, 2, 3].map(() => beginStream(gateway)))

    gateway.kill(signal)
    await gateway.printed(/Stopping\. What still runs has 20 s to end; another signal/)
    await expect(fetch(`${gateway.url}/livez`)).rejects.toThrow('fetch failed')
    release()

    for (const { rest } of streams) {
      const events = eventsOf(await rest)
      expect(events.at(-1)).toBe('[DONE]')
      const text = events.map((event) => event.choices?.[0]?.delta?.content ?? '').join('')
      expect(text).toBe('Hello.')
    }
    expect(await gateway.ended).toEqual({ code: 0, signal: null })
    const ids = streams.map(({ id }) => id).toSorted()
    expect(await gateway.query(statuses)).toEqual(
      ids.map((id) => ({ request_id: id, status: 'success', tokens_output: 5 })),
    )
  })

  it('ends at once when it is told a second time', async () => {
    await using both = await startBefore(() => hang([textEvent('Hel')]))
    const { gateway } = both
    const { rest } = await beginStream(gateway)
    gateway.kill('SIGTERM')
    await gateway.printed(/Stopping/)
    gateway.kill('SIGTERM')
    await expect(rest).rejects.toThrow('terminated')
    expect(await gateway.ended).toEqual({ code: 1, signal: null })
  })

  it('lets running streams end after a Ctrl-C, which reaches npm and the database as well', async () => {
    const { promise: released, resolve: release } = Promise.withResolvers<void>()
    const play = sse([textEvent('Hello.'), released, END_EVENT, USAGE_EVENT, DONE])
    await using both = await startBefore(() => play, {
      command: ['npm', 'start', '--ignore-scripts'],
      database: await makeTestDatabase('embedded'),
    })
    const { gateway } = both
    const { rest, id } = await beginStream(gateway)
    process.kill(-gateway.pid, 'SIGINT')
    await gateway.printed(/Stopping/)
    release()
    expect(eventsOf(await rest).at(-1)).toBe('[DONE]')
    await gateway.ended
    expect(await gateway.query(statuses)).toEqual([
      { request_id: id, status: 'success', tokens_output: 5 },
    ])
  })
})
