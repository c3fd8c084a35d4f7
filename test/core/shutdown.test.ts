import { describe, expect, it } from 'vitest'

import { createServer } from '../../core/server.ts'
import { eventsOf, say } from '../helpers/gateway.ts'
import { completion, DONE, END_EVENT, startBehind, textEvent } from '../helpers/openai.ts'
import { hang, json, sse } from '../helpers/upstream.ts'

describe('closing the server', () => {
  it('lets running streams end and takes no new requests', async () => {
    let release = (): void => undefined
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    await using both = await startBehind(() => sse([textEvent('a'), held, END_EVENT, DONE]))
    const server = createServer(both.gateway.gateway)
    const { port } = await server.listen(0, '127.0.0.1')
    const url = `http://127.0.0.1:${port}/v1/chat/completions`
    const body = JSON.stringify(say('up/m', 'hi', { stream: true }))
    const response = await fetch(url, { method: 'POST', body })
    const closed = server.close(60_000)
    await expect(fetch(url, { method: 'POST', body })).rejects.toThrow('fetch failed')
    release()
    expect(await response.text()).toContain('[DONE]')
    await closed
  })

  it('ends what takes longer than the limit with an error event', async () => {
    await using both = await startBehind(() => hang([textEvent('a')]))
    const server = createServer(both.gateway.gateway)
    const { port } = await server.listen(0, '127.0.0.1')
    const response = await fetch(`http://127.0.0.1:${port}/v1/chat/completions`, {
      method: 'POST',
      body: JSON.stringify(say('up/m', 'hi', { stream: true })),
    })
    const closed = server.close(50)
    const events = eventsOf(await response.text())
    expect(events.at(-1).error.code).toBe('shutting_down')
    await closed
    expect(both.gateway.records[0]).toMatchObject({ status: 'error', errorCode: 'shutting_down' })
  })

  it('says that it is not ready any more', async () => {
    await using both = await startBehind(() => json(completion()))
    expect((await both.gateway.get('/readyz')).status).toBe(200)
    expect((await both.gateway.get('/livez')).body).toEqual({ status: 'ok' })
    await both.gateway.gateway.stop()
    expect((await both.gateway.get('/readyz')).status).toBe(503)
  })
})
