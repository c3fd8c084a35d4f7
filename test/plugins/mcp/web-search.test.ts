import { expect, it } from 'vitest'

import { mcp } from '#plugins/mcp/mcp'

import { startMcpServer } from '../../helpers/mcp-server.ts'
import { json, startUpstream } from '../../helpers/upstream.ts'
import { asking, firstText, startLinked, textOf } from './linked.ts'

const page = { title: 'Tapgate', url: 'https://tapgate.example', content: 'A gateway.' }
const said = 'Tapgate\nhttps://tapgate.example\nA gateway.'

it('asks Tavily', async () => {
  await using service = await startUpstream(() => json({ results: [page] }))
  const environment = { TAVILY_API_KEY: 'tvly-1' }
  const search = mcp.inMemory({ name: 'websearch', url: service.url })
  await using gateway = await startLinked([search], { environment })
  const link = await gateway.link('websearch')

  expect(await textOf(link, 'search', { query: 'gateways', max_results: 3 })).toBe(said)
  const [asked] = service.requests
  expect(asked?.body).toEqual({ query: 'gateways', max_results: 3 })
  expect(asked?.headers.authorization).toBe('Bearer tvly-1')
})

it('asks Brave', async () => {
  const result = { title: page.title, url: page.url, description: page.content }
  await using service = await startUpstream(() => json({ web: { results: [result] } }))
  const environment = { BRAVE_API_KEY: 'brave-1' }
  const search = mcp.inMemory({ name: 'websearch', url: service.url })
  await using gateway = await startLinked([search], { environment })
  const link = await gateway.link('websearch')

  expect(await textOf(link, 'search', { query: 'gateways' })).toBe(said)
  expect(service.requests[0]?.path).toBe('/res/v1/web/search?q=gateways&count=5')
  expect(service.requests[0]?.headers['x-subscription-token']).toBe('brave-1')
})

it('asks SearXNG', async () => {
  await using service = await startUpstream(() => json({ results: [page, page] }))
  const environment = { SEARXNG_URL: `${service.url}/searx` }
  await using gateway = await startLinked([mcp.inMemory({ name: 'websearch' })], { environment })
  const link = await gateway.link('websearch')

  expect(await textOf(link, 'search', { query: 'a b', max_results: 1 })).toBe(said)
  expect(service.requests[0]?.path).toBe('/searx/search?q=a+b&format=json')
})

it('stands for an MCP server that searches', async () => {
  await using server = await startMcpServer()
  const environment = { TAVILY_MCP_URL: server.url }
  await using gateway = await startLinked([mcp.inMemory({ name: 'websearch' })], { environment })
  const link = await gateway.link('websearch')

  expect(await textOf(link, 'echo', { text: 'found' })).toBe('found')
})

it('is listed without a search service, and says when it is called what to set', async () => {
  await using gateway = await startLinked([mcp.inMemory({ name: 'websearch' })])
  const link = await gateway.link('websearch')
  expect((await link.tools()).map(({ name }) => name)).toEqual(['search'])

  const answer = await link.callTool({ name: 'search', arguments: { query: 'x' } }, asking())
  expect(answer.isError).toBe(true)
  expect(firstText(answer)).toBe(
    'Web search is not set up. Set TAVILY_API_KEY, or BRAVE_API_KEY, or SEARXNG_URL, or TAVILY_MCP_URL in the environment of the gateway, and start it again.',
  )
})

it('answers with an error when the search service does', async () => {
  await using service = await startUpstream(() => json({}, 401))
  const environment = { TAVILY_API_KEY: 'tvly-1' }
  const search = mcp.inMemory({ name: 'websearch', url: service.url })
  await using gateway = await startLinked([search], { environment })
  const link = await gateway.link('websearch')

  const answer = await link.callTool({ name: 'search', arguments: { query: 'x' } }, asking())
  expect(answer).toEqual({
    content: [{ type: 'text', text: 'The search service answered with the status 401.' }],
    isError: true,
  })
})
