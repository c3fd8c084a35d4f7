import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { HumanMessage } from '@langchain/core/messages'
import { ChatOpenAI } from '@langchain/openai'
import { generateText, jsonSchema, streamText, tool } from 'ai'
import { describe, expect, it } from 'vitest'

import { chatTools } from '#plugins/mcp/chat-tools'
import { demo } from '#plugins/providers/demo'

import { startGateway, type TestGateway } from '../helpers/gateway.ts'
import { CLIENT_TOOL, toolServers, TWO_SERVERS } from '../plugins/mcp/chat-tools/tool-servers.ts'
import { collect, openaiAt, user } from './openai-client.ts'

function start(): Promise<TestGateway> {
  return startGateway({ plugins: [demo(), chatTools(), toolServers(TWO_SERVERS).entry] })
}

const SERVERS = { mcp_servers: [{ name: 'calculator' }, { name: 'weather' }] }
const QUESTION = 'add {"a":1,"b":2} forecast {"city":"Oslo"}'
const ANSWER = '1 + 2 = 3\nIt rains in Oslo.'
const THEN_CLIENT = 'add {"a":1,"b":2} then open_window {"side":"left"}'

describe('the tools of the gateway', () => {
  it('do the OpenAI SDK no harm, plain or streamed', async () => {
    await using gateway = await start()
    const openai = openaiAt(gateway)
    const body = { model: 'demo/tools', messages: user(QUESTION), ...SERVERS }
    const whole = await openai.chat.completions.create(body)
    expect(whole.choices[0]?.message.content).toBe(ANSWER)

    const runner = openai.chat.completions.stream(body)
    const streamed = await runner.finalChatCompletion()
    expect(streamed.choices[0]?.message.content).toBe(ANSWER)
    expect(streamed.choices[0]?.finish_reason).toBe('stop')
    expect(streamed.choices[0]?.message.tool_calls).toBeUndefined()
  })

  it('leave the calls of the OpenAI SDK’s own tools to it', async () => {
    await using gateway = await start()
    const runner = openaiAt(gateway).chat.completions.stream({
      model: 'demo/tools',
      messages: user(THEN_CLIENT),
      tools: [CLIENT_TOOL as never],
      ...SERVERS,
    })
    const [choice] = (await runner.finalChatCompletion()).choices
    expect(choice?.finish_reason).toBe('tool_calls')
    expect(choice?.message.tool_calls).toMatchObject([
      { function: { name: 'open_window', arguments: '{"side":"left"}' } },
    ])
  })

  it('do LangChain no harm, plain or streamed', async () => {
    await using gateway = await start()
    const chat = new ChatOpenAI({
      model: 'demo/tools',
      apiKey: 'sk-none',
      configuration: { baseURL: `${gateway.url}/v1` },
      maxRetries: 0,
      modelKwargs: SERVERS,
    })
    expect((await chat.invoke([new HumanMessage(QUESTION)])).text).toBe(ANSWER)
    const chunks = await collect(await chat.stream(QUESTION))
    const whole = chunks.reduce((before, chunk) => before.concat(chunk))
    expect(whole.text).toBe(ANSWER)
    expect(whole.tool_calls).toEqual([])
    const withTool = await collect(await chat.bindTools([CLIENT_TOOL]).stream(THEN_CLIENT))
    expect(withTool.reduce((before, chunk) => before.concat(chunk)).tool_calls).toMatchObject([
      { name: 'open_window', args: { side: 'left' } },
    ])
  })

  it('do the AI SDK no harm, plain or streamed', async () => {
    await using gateway = await start()
    const model = createOpenAICompatible({
      name: 'tapgate',
      baseURL: `${gateway.url}/v1`,
      apiKey: 'sk-none',
      includeUsage: true,
    })('demo/tools')
    const providerOptions = { tapgate: SERVERS }
    const whole = await generateText({ model, prompt: QUESTION, providerOptions })
    expect(whole.text).toBe(ANSWER)
    const streamed = streamText({ model, prompt: QUESTION, providerOptions })
    expect(await streamed.text).toBe(ANSWER)
    expect(await streamed.finishReason).toBe('stop')
    expect((await streamed.usage).totalTokens).toBe(whole.usage.totalTokens)
    const open = tool({
      inputSchema: jsonSchema<{ side: string }>({
        type: 'object',
        properties: { side: { type: 'string' } },
      }),
      execute: ({ side }) => `The ${side} one is open.`,
    })
    const withTool = streamText({
      model,
      prompt: THEN_CLIENT,
      providerOptions,
      tools: { open_window: open },
    })
    expect(await withTool.toolCalls).toMatchObject([
      { toolName: 'open_window', input: { side: 'left' } },
    ])
  })
})
