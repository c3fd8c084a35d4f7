import { describe, expect, it, onTestFinished } from 'vitest'

import type { PluginEntry } from '#core'
import { mcp } from '#plugins/mcp/mcp'

import {
  hostileCommand,
  startHostileServer,
  type Behaviour,
} from '../../fixtures/mcp/hostile-server.ts'
import { asking, faultOf, firstText, startLinked, textOf, type LinkedGateway } from './linked.ts'

const good = mcp.tools({ name: 'good', tools: [{ name: 'work', run: () => 'fine' }] })

/** Those that hang are not waited for; all others have time enough on a busy machine. */
function policyFor(behaviour: Behaviour): { timeoutMs: number; connectTimeoutMs: number } {
  const hangs = ['silent', 'garbage', 'hangs-at-list'].includes(behaviour)
  return {
    timeoutMs: ['hangs-at-call', 'floods-forever'].includes(behaviour) ? 500 : 20_000,
    connectTimeoutMs: hangs ? 3_000 : 20_000,
  }
}

/** A gateway in front of a hostile server and a good one. */
async function besiege(kind: 'stdio' | 'http', behaviour: Behaviour): Promise<LinkedGateway> {
  const hostile = kind === 'stdio' ? overStdio(behaviour) : await overHttp(behaviour)
  const gateway = await startLinked([hostile, good])
  onTestFinished(() => gateway.stop())
  return gateway
}

function overStdio(behaviour: Behaviour): PluginEntry {
  return mcp.stdio({ name: 'hostile', ...policyFor(behaviour), ...hostileCommand(behaviour) })
}

async function overHttp(behaviour: Behaviour): Promise<PluginEntry> {
  const server = await startHostileServer(behaviour)
  onTestFinished(() => server[Symbol.asyncDispose]())
  return mcp.http({ name: 'hostile', ...policyFor(behaviour), url: server.url })
}

async function callHostile(gateway: LinkedGateway): Promise<string> {
  return textOf(await gateway.link('hostile'), 'work')
}

async function expectOthersServed(gateway: LinkedGateway): Promise<void> {
  expect(await textOf(await gateway.link('good'), 'work')).toBe('fine')
}

const faults: readonly ['stdio' | 'http', Behaviour, string][] = [
  ['stdio', 'silent', 'mcp_server_unavailable'],
  ['stdio', 'garbage', 'mcp_server_unavailable'],
  ['stdio', 'garbage-list', 'mcp_error'],
  ['stdio', 'garbage-result', 'mcp_error'],
  ['stdio', 'hangs-at-list', 'mcp_timeout'],
  ['stdio', 'hangs-at-call', 'mcp_timeout'],
  ['stdio', 'floods-forever', 'mcp_timeout'],
  ['stdio', 'huge', 'mcp_server_unavailable'],
  ['stdio', 'lists-without-end', 'mcp_error'],
  ['stdio', 'dies-at-start', 'mcp_server_unavailable'],
  ['stdio', 'dies-in-call', 'mcp_server_unavailable'],
  ['http', 'silent', 'mcp_server_unavailable'],
  ['http', 'garbage', 'mcp_server_unavailable'],
  ['http', 'garbage-list', 'mcp_error'],
  ['http', 'garbage-result', 'mcp_error'],
  ['http', 'hangs-at-list', 'mcp_timeout'],
  ['http', 'hangs-at-call', 'mcp_timeout'],
  ['http', 'floods-forever', 'mcp_timeout'],
  ['http', 'huge', 'mcp_error'],
  ['http', 'lists-without-end', 'mcp_error'],
  ['http', 'dies-in-call', 'mcp_error'],
  ['http', 'cuts-the-answer', 'mcp_server_unavailable'],
  ['http', 'ends-the-stream', 'mcp_error'],
  ['http', 'redirects', 'mcp_server_unavailable'],
  ['http', 'speaks-html', 'mcp_server_unavailable'],
]

describe.each(faults)('over %s, a server that is "%s"', (kind, behaviour, code) => {
  it(`fails its own calls with ${code}, and no others`, async () => {
    const gateway = await besiege(kind, behaviour)

    const fault = await faultOf(callHostile(gateway))
    expect([fault.code, fault.message]).toEqual([code, expect.stringContaining('"hostile"')])
    await expectOthersServed(gateway)
  })
})

describe.each(['stdio', 'http'] as const)('over %s', (kind) => {
  it('a server that floods the gateway has its call answered, and few of its words passed on', async () => {
    const gateway = await besiege(kind, 'floods')
    const link = await gateway.link('hostile')
    const options = asking()

    expect(firstText(await link.callTool({ name: 'work', arguments: {} }, options))).toBe('done')
    expect(options.heard.length).toBeLessThan(3_000)
    await expectOthersServed(gateway)
  })

  it('a server that answers twice, and what nobody asked, is heard once', async () => {
    const gateway = await besiege(kind, 'reuses-ids')

    expect(await callHostile(gateway)).toBe('done')
    expect(await callHostile(gateway)).toBe('done')
  })

  it('keys that mean something to JavaScript are only keys', async () => {
    const gateway = await besiege(kind, 'proto-keys')
    const link = await gateway.link('hostile')

    const names = (await link.tools()).map(({ name }) => name)
    expect(names).toEqual(['__proto__', 'constructor', 'hasOwnProperty', 'work'])
    for (const name of names) expect(await textOf(link, name)).toBe('done')
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  })

  it('a server that changes its tools under a running call is listed anew', async () => {
    const gateway = await besiege(kind, 'shifts-tools')
    const link = await gateway.link('hostile')
    const first = await link.tools()

    expect(await textOf(link, 'work')).toBe('done')
    await expect
      .poll(async () => (await link.tools())[0]?.description)
      .not.toBe(first[0]?.description)
  })
})

it('a server that hangs delays nobody a second time', async () => {
  const gateway = await besiege('stdio', 'silent')
  await faultOf(callHostile(gateway))
  const status = gateway.mcp.get('hostile', '').status()
  expect(status).toMatchObject({ state: 'failed', retryAt: expect.any(Number) })

  const fault = await faultOf(callHostile(gateway))
  expect(fault).toMatchObject({ code: 'mcp_server_unavailable', retryAfterMs: expect.any(Number) })
  // It was not asked again, which would have put off the next try.
  expect(gateway.mcp.get('hostile', '').status()).toEqual(status)
})

it('a server that never answers a call is not waited for any longer', async () => {
  await using server = await startHostileServer('hangs-at-call')
  const policy = { timeoutMs: 300, connectTimeoutMs: 20_000 }
  await using gateway = await startLinked([
    mcp.http({ name: 'hostile', url: server.url, ...policy }),
  ])
  const link = await gateway.link('hostile')
  await link.tools()

  const calls = Array.from({ length: 10 }, () => faultOf(textOf(link, 'work')))
  for (const { code } of await Promise.all(calls)) expect(code).toBe('mcp_timeout')
  await expect.poll(() => server.waiting.size).toBe(0)
})
