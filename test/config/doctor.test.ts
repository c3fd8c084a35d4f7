import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

import { describe, expect, it } from 'vitest'

import { makeTestDatabase } from '../helpers/database.ts'
import { CERTIFICATE_FILE, startSecureUpstream } from '../helpers/secure-upstream.ts'
import { serve } from '../helpers/serve.ts'
import { json, startUpstream } from '../helpers/upstream.ts'
import { makeFolder, tapgate } from './command-line.ts'

const GATEWAY = `import { accounts } from '#plugins/access/accounts'
import { demo } from '#plugins/providers/demo'
import { groq, mistral, openai } from '#plugins/providers/openai-compatible'
export default { plugins: [openai(), groq(), mistral(), demo(), accounts()] }
`

interface Examination {
  readonly code: number
  readonly ok: boolean
  /** By the name of what was looked at. */
  readonly found: Readonly<Record<string, { status: string; message: string; fix?: string }>>
}

async function examine(
  config: string,
  environment: Readonly<Record<string, string>>,
): Promise<Examination> {
  const { code, stdout } = await tapgate(
    ['doctor', '--json'],
    await makeFolder(config),
    environment,
  )
  const { ok, checks } = JSON.parse(stdout)
  const found = checks.map(({ name, ...check }: { name: string }) => [name, check])
  return { code, ok, found: Object.fromEntries(found) }
}

describe('the doctor', () => {
  it('finds everything in order, in a line each', async () => {
    await using upstream = await startUpstream(() => json({ data: [] }))
    const { folder: TAPGATE_DATA } = await makeTestDatabase('embedded')
    const environment = {
      TAPGATE_DATA,
      PORT: '0',
      OPENAI_API_KEY: 'sk-right',
      OPENAI_BASE_URL: `${upstream.url}/v1`,
    }
    const folder = await makeFolder(GATEWAY)
    await tapgate(['keys', 'create'], folder, environment)
    const { code, stdout } = await tapgate(['doctor'], folder, environment)
    const host = new URL(upstream.url).host
    expect(stdout.trim().split('\n')).toEqual([
      expect.stringMatching(/^ok {7}Node {10}26\.\d+\.\d+, ABI \d+; isolated-vm loads\.$/),
      'ok       Config        gateway.config.ts has no mistakes.',
      'ok       Port          0 of 127.0.0.1 is free.',
      `ok       Data folder   ${TAPGATE_DATA} can be written to; not in use.`,
      expect.stringMatching(/^ok {7}Database {6}PostgreSQL \d+\.\d+ embedded answers in \d+ ms\.$/),
      'ok       API keys      1 of 1 API keys can be used.',
      'ok       Policies      No project and no key imposes a guard.',
      expect.stringMatching(
        `^ok {7}OpenAI {8}${RegExp.escape(host)} answers in \\d+ ms \\(200\\)\\.$`,
      ),
      'ok       Clock         It agrees with those of the providers.',
    ])
    expect(code).toBe(0)
    expect(upstream.requests[0]).toMatchObject({
      path: '/v1/models',
      headers: { authorization: 'Bearer sk-right' },
    })
  })

  it('tells a refused key from a provider that is away, and from one that is ill', async () => {
    await using refusing = await startUpstream(() => json({ error: {} }, 401))
    await using ill = await startUpstream(() => json({ error: {} }, 503))
    const { folder: TAPGATE_DATA } = await makeTestDatabase('embedded')
    const { code, ok, found } = await examine(GATEWAY, {
      TAPGATE_DATA,
      PORT: '0',
      OPENAI_API_KEY: 'sk-secret-and-wrong',
      OPENAI_BASE_URL: refusing.url,
      GROQ_API_KEY: 'sk-secret-and-wrong',
      GROQ_BASE_URL: 'http://127.0.0.1:1',
      MISTRAL_API_KEY: 'sk-secret-and-wrong',
      MISTRAL_BASE_URL: ill.url,
    })
    expect({ code, ok }).toEqual({ code: 1, ok: false })
    expect(found).toMatchObject({
      OpenAI: { status: 'failed', message: expect.stringContaining('refuses the key (401)') },
      Groq: { status: 'failed', message: expect.stringContaining('127.0.0.1:1 cannot be reached') },
      Mistral: { status: 'warning', message: expect.stringContaining('answers with 503') },
      'API keys': { status: 'warning', fix: expect.stringContaining('keys create') },
    })
    for (const { status, fix } of Object.values(found)) expect(status === 'ok').toBe(!fix)
    expect(JSON.stringify(found)).not.toContain('sk-secret')
  })

  it('tells a certificate that is not trusted, until its authority is named', async () => {
    await using upstream = await startSecureUpstream(({ response }) => void response.end('{}'))
    const { folder: TAPGATE_DATA } = await makeTestDatabase('embedded')
    const environment = {
      TAPGATE_DATA,
      PORT: '0',
      OPENAI_API_KEY: 'sk-x',
      OPENAI_BASE_URL: upstream.url,
    }
    const distrusting = await examine(GATEWAY, environment)
    expect(distrusting.found['OpenAI']).toEqual({
      status: 'failed',
      message: `The certificate of ${new URL(upstream.url).host} is not trusted (DEPTH_ZERO_SELF_SIGNED_CERT).`,
      fix: expect.stringContaining('NODE_EXTRA_CA_CERTS'),
    })
    const trusting = await examine(GATEWAY, {
      ...environment,
      NODE_EXTRA_CA_CERTS: CERTIFICATE_FILE,
    })
    expect(trusting.found['OpenAI']).toMatchObject({ status: 'ok' })
  })

  it('notices a clock that is wrong', async () => {
    const date = new Date(Date.now() - 3_600_000).toUTCString()
    await using upstream = await startUpstream(() => (response) => {
      response.writeHead(200, { date, 'content-type': 'application/json' }).end('{}')
    })
    const { folder: TAPGATE_DATA } = await makeTestDatabase('embedded')
    const { found } = await examine(GATEWAY, {
      TAPGATE_DATA,
      PORT: '0',
      OPENAI_API_KEY: 'sk-x',
      OPENAI_BASE_URL: upstream.url,
    })
    expect(found['Clock']).toMatchObject({
      status: 'warning',
      message: expect.stringMatching(/^It is 3\d{3} s ahead of those of the providers\.$/),
    })
  })

  it('knows a gateway that runs on the same port and folder', async () => {
    await using gateway = await serve()
    const { found } = await examine(GATEWAY, {
      TAPGATE_DATA: gateway.database.folder,
      PORT: new URL(gateway.url).port,
    })
    expect(found).toMatchObject({
      Port: { status: 'ok', message: expect.stringContaining('A Tapgate answers on') },
      'Data folder': {
        status: 'ok',
        message: expect.stringContaining(`in use by process ${gateway.pid}`),
      },
      Database: { status: 'ok' },
    })
  })

  it('finds a port that another program has, and a database that is away', async () => {
    const server = createServer((_request, response) => void response.end('Hello.'))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const { code, found } = await examine(GATEWAY, {
      PORT: String(port),
      DATABASE_URL: 'postgres://somebody:password@127.0.0.1:1/db',
    })
    server.close()
    expect(code).toBe(1)
    expect(found).toMatchObject({
      Port: { status: 'failed', message: `${port} of 127.0.0.1 is taken by another program.` },
      Database: { status: 'failed', message: expect.stringContaining('127.0.0.1:1') },
      'API keys': { status: 'failed' },
    })
    expect(JSON.stringify(found)).not.toContain('password')
  })

  it('lists the mistakes of the config, and looks at the rest', async () => {
    const { code, found } = await examine('export default { plugins: [], colour: 1 }', {})
    expect(code).toBe(1)
    expect(found).toMatchObject({
      Node: { status: 'ok' },
      Config: { status: 'failed', message: expect.stringContaining('colour is not known') },
    })
  })
})
