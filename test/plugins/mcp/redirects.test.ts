import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { mcp } from '#plugins/mcp/mcp'

import { startMcpServer } from '../../helpers/mcp-server.ts'
import { faultOf, startLinked, textOf } from './linked.ts'

const SECRETS = { 'x-api-key': 'a secret', authorization: 'Bearer another' }

/** Another origin, which gets what follows a redirect. */
const heard: IncomingHttpHeaders[] = []
const elsewhere = createServer((request, response) => {
  heard.push(request.headers)
  response.writeHead(404).end()
})
/** Sends all to the other origin, and `/near` there by way of its own. */
const redirecting = createServer((request, response) => {
  const status = Number(new URL(request.url ?? '', 'http://any').searchParams.get('status') ?? 307)
  const { port } = elsewhere.address() as AddressInfo
  if (request.url?.startsWith('/near')) response.writeHead(status, { location: '/away' }).end()
  else response.writeHead(status, { location: `http://localhost:${port}/stolen` }).end()
})

const portOf = (server: typeof elsewhere): number => (server.address() as AddressInfo).port

beforeAll(async () => {
  for (const server of [elsewhere, redirecting]) {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  }
})
beforeEach(() => void heard.splice(0))
afterAll(async () => {
  for (const server of [elsewhere, redirecting]) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})

describe.each(['http', 'sse'] as const)('A server over %s', (transport) => {
  it.each([301, 302, 303, 307, 308])(
    'that redirects with %i to another origin gets no header there',
    async (status) => {
      for (const path of ['away', 'near']) {
        const url = `http://127.0.0.1:${portOf(redirecting)}/${path}?status=${status}`
        await using gateway = await startLinked([
          mcp[transport]({ name: 'moved', url, headers: SECRETS, connectTimeoutMs: 1_000 }),
        ])
        const fault = await faultOf(gateway.link('moved'))
        expect(fault.code).toMatch(/^mcp_/)
      }
      expect(heard).toEqual([])
    },
  )
})

it('A server over http that redirects within its origin is followed, with its headers', async () => {
  await using server = await startMcpServer({
    intercept(request, response) {
      if (request.url !== '/mcp?old') return false
      response.writeHead(307, { location: '/mcp' }).end()
      return true
    },
  })
  await using gateway = await startLinked([
    mcp.http({ name: 'moved', url: `${server.url}?old`, headers: SECRETS }),
  ])
  expect(await textOf(await gateway.link('moved'), 'echo', { text: 'hi' })).toBe('hi')
  expect(server.requests.at(-1)?.headers).toMatchObject(SECRETS)
})
