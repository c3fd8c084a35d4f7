import { execFile, spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { promisify } from 'node:util'

import { beforeEach, describe, expect, it } from 'vitest'

import { demo } from '#plugins/providers/demo'

import { eventsOf, say, startGateway, type TestGateway } from '../helpers/gateway.ts'
import { DONE, END_EVENT, startBehind, textEvent } from '../helpers/openai.ts'
import { hang, sse } from '../helpers/upstream.ts'

const hasCurl = spawnSync('curl', ['--version']).status === 0

/** A chat request as a person types it, with the headers of the answer in the output. */
function chatArguments(gateway: TestGateway, more: readonly string[] = []): string[] {
  const url = `${gateway.url}/v1/chat/completions`
  const headers = ['content-type: application/json', 'authorization: Bearer sk-none']
  return [
    '--silent',
    '--include',
    '--no-buffer',
    '--noproxy',
    '*',
    ...headers.flatMap((header) => ['--header', header]),
    ...more,
    url,
  ]
}

/** What curl prints when it is given a body: the head and the body of the answer. */
async function curl(
  gateway: TestGateway,
  body: object,
): Promise<{ readonly head: string; readonly body: string }> {
  const running = promisify(execFile)('curl', chatArguments(gateway, ['--data-binary', '@-']), {
    maxBuffer: 64 * 1024 * 1024,
  })
  running.child.stdin?.end(JSON.stringify(body))
  const { stdout } = await running
  const heads = stdout.split('\r\n\r\n')
  return { head: heads.slice(0, -1).at(-1) ?? '', body: heads.at(-1) ?? '' }
}

function startCurl(gateway: TestGateway, body: object): ChildProcess {
  return spawn('curl', chatArguments(gateway, ['--data', JSON.stringify(body)]))
}

/** Reads until curl has printed this text. */
async function printed(child: ChildProcess, text: string): Promise<void> {
  let all = ''
  for await (const piece of child.stdout!.iterator({ destroyOnReturn: false })) {
    all += String(piece)
    if (all.includes(text)) return
  }
  throw new Error(`curl ended without having printed ${text}: ${all}`)
}

describe('curl', () => {
  beforeEach(({ skip }) => {
    if (!hasCurl) skip('curl is not installed on this machine')
  })

  it('gets an answer', async () => {
    await using gateway = await startGateway({ plugins: [demo()] })
    const { head, body } = await curl(gateway, say('demo/echo', 'Grüße 🎉'))
    expect(head).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
    expect(head).toContain('content-type: application/json')
    expect(head).toContain(`x-request-id: ${gateway.records[0]?.requestId}`)
    expect(head).toContain(`content-length: ${Buffer.byteLength(body)}`)
    expect(JSON.parse(body).choices[0].message.content).toBe('Grüße 🎉')
  })

  it('gets a stream', async () => {
    await using gateway = await startGateway({ plugins: [demo()] })
    const { head, body } = await curl(gateway, say('demo/echo', 'One two.', { stream: true }))
    const events = eventsOf(body)
    expect(head).toContain('content-type: text/event-stream')
    expect(events.map((event) => event.choices?.[0].delta.content ?? '').join('')).toBe('One two.')
    expect(events.at(-1)).toBe('[DONE]')
  })

  it('prints an event before the next one comes', async () => {
    let release = (): void => undefined
    const seen = new Promise<void>((resolve) => {
      release = resolve
    })
    await using both = await startBehind(() => sse([textEvent('first'), seen, END_EVENT, DONE]))
    const child = startCurl(both.gateway, say('up/m', 'Hello.', { stream: true }))
    const ended = once(child, 'exit')
    await printed(child, '"first"')
    release()
    await printed(child, '[DONE]')
    expect(await ended).toEqual([0, null])
  })

  it('sends a body of megabytes', async () => {
    await using gateway = await startGateway({ plugins: [demo()] })
    const text = 'x'.repeat(3_000_000)
    const { head, body } = await curl(gateway, say('demo/echo', text))
    expect(head).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
    expect(JSON.parse(body).choices[0].message.content).toBe(text)
  })

  it('gets an error in the one form that errors have', async () => {
    await using gateway = await startGateway({ plugins: [demo()] })
    const { head, body } = await curl(gateway, say('demo/ecco', 'Hello.'))
    expect(head).toMatch(/^HTTP\/1\.1 404 Not Found\r\n/)
    expect(JSON.parse(body).error).toMatchObject({ type: 'not_found_error', param: 'model' })
  })

  it('closes the upstream when it is stopped', async () => {
    await using both = await startBehind(() => hang([textEvent('first')]))
    const child = startCurl(both.gateway, say('up/m', 'Hello.', { stream: true }))
    await printed(child, '"first"')
    child.kill()
    const received = await both.upstream.nextRequest()
    expect(await received.abandoned).toBe(true)
    await both.gateway.ended(1)
    expect(both.gateway.records[0]?.status).toBe('cancelled')
  })
})
