import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { makeTestDatabase } from '../../helpers/database.ts'
import { say } from '../../helpers/gateway.ts'
import { completion, textEvent } from '../../helpers/openai.ts'
import { serve, type ServedGateway } from '../../helpers/serve.ts'
import { json, startUpstream, type Upstream } from '../../helpers/upstream.ts'

const MEGABYTE = 1024 * 1024
const EVENT = textEvent('x'.repeat(64 * 1024))
const MOST_SENT = 2048 * MEGABYTE

let upstream: Upstream
let gateway: ServedGateway
let sent = 0

beforeAll(async () => {
  upstream = await startUpstream(({ body }) => (body.stream ? pump : json(completion())))
  gateway = await serve({
    config: join(import.meta.dirname, 'gateway.config.ts'),
    database: await makeTestDatabase('postgres'),
    environment: { MODELS_URL: `${upstream.url}/v1` },
  })
})
afterAll(() => upstream[Symbol.asyncDispose]())

/** Sends events as fast as they are taken. */
async function pump(response: ServerResponse): Promise<void> {
  const closed = once(response, 'close')
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  while (sent < MOST_SENT && !response.destroyed) {
    sent += EVENT.length
    if (!response.write(EVENT)) await Promise.race([once(response, 'drain'), closed])
  }
}

function connectTo({ url }: ServedGateway): Socket {
  const { hostname, port } = new URL(url)
  return connect(Number(port), hostname)
}

/** Sends the beginning of a request, then a letter each second for as long as it is let. */
async function dribble(beginning: string): Promise<{ head: string; error: any }> {
  const socket = connectTo(gateway)
  socket.write(beginning)
  const timer = setInterval(() => socket.write('x'), 1_000)
  let answer = ''
  try {
    for await (const piece of socket) answer += String(piece)
  } catch (error) {
    // A letter that meets a closed door resets the connection, after the answer.
    if (answer === '') throw error
  } finally {
    clearInterval(timer)
  }
  const [head = '', body = ''] = answer.split('\r\n\r\n')
  return { head, error: JSON.parse(body).error }
}

const HEAD = 'POST /v1/chat/completions HTTP/1.1\r\nhost: gateway\r\n'

// Together, for they wait more than they work.
describe.concurrent('slow clients', () => {
  it.each([
    ['headers', 10, `${HEAD}x-`],
    ['a body', 60, `${HEAD}content-length: 1000\r\n\r\n{"model": "`],
    ['a body in chunks', 60, `${HEAD}transfer-encoding: chunked\r\n\r\nfff\r\n{"mod`],
  ])('that dribble %s are cut off after %d s, and hold up nobody', async (_what, _s, beginning) => {
    const crowd = Promise.all(Array.from({ length: 20 }, () => dribble(beginning)))
    expect((await gateway.chat(say('models/m', 'Hello.'))).status).toBe(200)
    for (const { head, error } of await crowd) {
      expect(head).toMatch(/^HTTP\/1\.1 408 /)
      expect(head).toMatch(/connection: close/i)
      expect(error).toMatchObject({
        type: 'timeout_error',
        code: 'request_timeout',
        message: 'The request did not arrive in time.',
      })
    }
  })

  it('are in the ledger for what they were told', async () => {
    const { error } = await dribble(`${HEAD}content-length: 1000\r\n\r\n{"model": "`)
    await gateway.ask('/usage/total', {})
    const rows = await gateway.query(
      'select status, status_code, error_code from requests where request_id = $1',
      [error.details.request_id],
    )
    expect(rows).toEqual([{ status: 'refused', status_code: 408, error_code: 'request_timeout' }])
  })

  it('that do not read their stream are waited for, and not remembered', async () => {
    const before = await memoryOf(gateway.pid)
    const body = JSON.stringify(say('models/m', 'Hello.', { stream: true }))
    const socket = connectTo(gateway)
    socket.write(`${HEAD}content-length: ${body.length}\r\n\r\n${body}`)
    await once(socket, 'readable')
    await untilStill(() => sent)

    // What the buffers of the operating system take, and a little more.
    expect(sent).toBeLessThan(64 * MEGABYTE)
    expect((await memoryOf(gateway.pid)) - before).toBeLessThan(256 * MEGABYTE)
    expect((await gateway.chat(say('models/m', 'Hello.'))).status).toBe(200)

    socket.destroy()
    const streamed = upstream.requests.find((request) => request.body.stream)
    expect(await streamed?.abandoned).toBe(true)
  })
})

/** Waits until a number has not changed for a second. */
async function untilStill(read: () => number): Promise<void> {
  for (let last = -1; last !== read();) {
    last = read()
    await sleep(1_000)
  }
}

/** The memory of a process in bytes; 0 where the system does not tell. */
async function memoryOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024
}

describe('clients that go away', () => {
  it('in the middle of their body leave a row, and no line of alarm', async () => {
    const socket = connectTo(gateway)
    socket.write(`${HEAD}x-label: gone\r\ncontent-length: 1000\r\n\r\n{"model": "`, () =>
      socket.resetAndDestroy(),
    )
    const findRow = async (): Promise<unknown> => {
      await gateway.ask('/usage/total', {})
      const [row] = await gateway.query(
        "select status, status_code from requests where label = 'gone'",
      )
      return row
    }
    await expect.poll(findRow).toEqual({ status: 'cancelled', status_code: 499 })
    const alarms = gateway.output.split('\n').filter((line) => line.includes('"level":"error"'))
    expect(alarms).toHaveLength(0)
  })
})
