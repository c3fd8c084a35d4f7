import { describe, expect, it } from 'vitest'

import { mcpEndpoint } from '#plugins/mcp/endpoint'
import { mcp } from '#plugins/mcp/mcp'

import { startGateway, type TestGateway } from '../../../helpers/gateway.ts'
import { startMcpServer, type TestMcpServer } from '../../../helpers/mcp-server.ts'
import { bearer, fixedKeys } from './keys.ts'
import { modernMessage, sendMessage, type RawAnswer } from './raw-client.ts'

const start = (server: TestMcpServer): Promise<TestGateway> =>
  startGateway({
    plugins: [mcp.http({ name: 'first', url: server.url }), fixedKeys(), mcpEndpoint()],
  })

/** Calls a tool as a client of 2026-07-28 that can be asked. */
function call(
  gateway: TestGateway,
  params: Record<string, unknown>,
  key = 'sk-one',
): Promise<RawAnswer> {
  const { body, headers } = modernMessage('tools/call', params, { elicitation: {}, sampling: {} })
  return sendMessage(gateway, '/mcp/first', body, { ...headers, ...bearer(key) })
}

describe('A call to a server of 2025 that asks', () => {
  it('waits for the client, which answers with its next request', async () => {
    await using server = await startMcpServer({ eras: '2025-11-25' })
    await using gateway = await start(server)
    const asked = await call(gateway, { name: 'ask' })
    const { resultType, inputRequests, requestState } = asked.message.result
    expect(resultType).toBe('input_required')
    const [[key, question]] = Object.entries<any>(inputRequests) as [[string, any]]
    expect(question).toMatchObject({
      method: 'elicitation/create',
      params: { message: 'Which colour?' },
    })
    const inputResponses = { [key]: { action: 'accept', content: { colour: 'red' } } }
    const answered = await call(gateway, { name: 'ask', requestState, inputResponses })
    expect(answered.message.result).toMatchObject({
      resultType: 'complete',
      content: [{ text: 'the colour is red' }],
    })
    const late = await call(gateway, { name: 'ask', requestState, inputResponses })
    expect(late.message.error).toMatchObject({ code: -32602 })
  })

  it('asks again when the answer is missing', async () => {
    await using server = await startMcpServer({ eras: '2025-11-25' })
    await using gateway = await start(server)
    const first = (await call(gateway, { name: 'ask' })).message.result
    const { requestState } = first
    const again = (await call(gateway, { name: 'ask', requestState, inputResponses: { x: {} } }))
      .message.result
    expect(again).toMatchObject({ resultType: 'input_required' })
    expect(again.inputRequests).toEqual(first.inputRequests)
    expect(again.requestState).not.toBe(requestState)
  })

  it('goes on for nobody but the key that began it, and as nothing else', async () => {
    await using server = await startMcpServer({ eras: '2025-11-25' })
    await using gateway = await start(server)
    const { requestState, inputRequests } = (await call(gateway, { name: 'ask' })).message.result
    const [key = ''] = Object.keys(inputRequests)
    const inputResponses = { [key]: { action: 'accept', content: { colour: 'red' } } }
    const foreign = await call(gateway, { name: 'ask', requestState, inputResponses }, 'sk-also')
    expect(foreign.message.error).toMatchObject({
      code: -32602,
      data: { reason: 'invalid_request_state' },
    })
    const other = await call(gateway, { name: 'echo', requestState, inputResponses })
    expect(other.message.error).toMatchObject({ code: -32602 })
    const own = await call(gateway, { name: 'ask', requestState, inputResponses })
    expect(own.message.result.content).toMatchObject([{ text: 'the colour is red' }])
  })

  it('goes on at no other server, and not at all of them', async () => {
    await using server = await startMcpServer({ eras: '2025-11-25' })
    await using gateway = await startGateway({
      plugins: [
        mcp.http({ name: 'first', url: server.url }),
        mcp.http({ name: 'second', url: server.url }),
        fixedKeys(),
        mcpEndpoint(),
      ],
    })
    const { requestState, inputRequests } = (await call(gateway, { name: 'ask' })).message.result
    const [key = ''] = Object.keys(inputRequests)
    const inputResponses = { [key]: { action: 'accept', content: { colour: 'red' } } }
    const params = { name: 'ask', requestState, inputResponses }
    for (const path of ['/mcp/second', '/mcp']) {
      const { body, headers } = modernMessage('tools/call', params, { elicitation: {} })
      const foreign = await sendMessage(gateway, path, body, { ...headers, ...bearer('sk-one') })
      expect(foreign.message.error).toMatchObject({ data: { reason: 'invalid_request_state' } })
    }
    expect((await call(gateway, params)).message.result.content).toMatchObject([
      { text: 'the colour is red' },
    ])
  })

  it('does not mix up two that ask at once', async () => {
    await using server = await startMcpServer({ eras: '2025-11-25' })
    await using gateway = await start(server)
    const asked = await Promise.all([
      call(gateway, { name: 'ask' }),
      call(gateway, { name: 'ask' }),
    ])
    const colours = ['red', 'green']
    const answers = await Promise.all(
      asked.map(({ message }, index) => {
        const [key = ''] = Object.keys(message.result.inputRequests)
        const content = { colour: colours[index] }
        return call(gateway, {
          name: 'ask',
          requestState: message.result.requestState,
          inputResponses: { [key]: { action: 'accept', content } },
        })
      }),
    )
    expect(answers.map(({ message }) => message.result.content[0].text)).toEqual([
      'the colour is red',
      'the colour is green',
    ])
  })

  it('is ended with the gateway', async () => {
    await using server = await startMcpServer({ eras: '2025-11-25' })
    const gateway = await start(server)
    await call(gateway, { name: 'ask' })
    await gateway.stop()
    expect(gateway.records).toHaveLength(1)
  })
})
