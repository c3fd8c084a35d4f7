import { describe, expect, it } from 'vitest'

import { definePlugin, type RunTool, type ToolAnswer } from '#core'
import { keywords } from '#plugins/guards/keywords'

import { startGateway } from '../helpers/gateway.ts'

/** A plugin that offers `POST /try` to call a tool which says what `answer` says. */
function toolCaller(answer: (args: Readonly<Record<string, unknown>>) => ToolAnswer) {
  const seen: Readonly<Record<string, unknown>>[] = []
  const plugin = definePlugin({
    name: 'tool-caller',
    schema: { type: 'object', additionalProperties: false },
    setup(host: { runTool: RunTool }) {
      return {
        routes: [
          {
            method: 'POST',
            path: '/try',
            access: 'write',
            summary: 'Calls the tool.',
            handle: async (call) =>
              host.runTool({
                server: 'files',
                tool: 'read_file',
                arguments: (await call.json()) as Record<string, unknown>,
                caller: call.caller!,
                signal: call.signal,
                timeoutMs: 1000,
                cost: '0.001',
                async call(args) {
                  seen.push(args)
                  return answer(args)
                },
              }),
          },
        ],
      }
    },
  })
  return { seen, entry: plugin() }
}

const SAID: ToolAnswer = { content: [{ type: 'text', text: 'the secret is Bluebird' }] }

describe('a call of a tool', () => {
  it('is an exchange of its own in the usage records', async () => {
    const tool = toolCaller(() => SAID)
    await using gateway = await startGateway({ plugins: [tool.entry] })

    const { status, body } = await gateway.post('/try', { path: 'a.txt' })

    expect(status).toBe(200)
    expect(body).toEqual(SAID)
    expect(gateway.records).toMatchObject([
      {
        operation: 'execute_tool',
        purpose: 'tool',
        requestedModel: 'files__read_file',
        provider: 'files',
        model: 'read_file',
        status: 'success',
        tokens: null,
        cost: '0.001',
        attempts: [{ provider: 'files', model: 'read_file' }],
      },
    ])
  })

  it('is not made when a guard blocks its arguments', async () => {
    const tool = toolCaller(() => SAID)
    const guard = keywords({ words: ['bluebird'], stage: 'input', action: 'validate' })
    await using gateway = await startGateway({ plugins: [tool.entry, guard] })

    const { status } = await gateway.post('/try', { path: 'bluebird.txt' })

    expect(status).toBe(446)
    expect(tool.seen).toEqual([])
    expect(gateway.records).toMatchObject([{ status: 'blocked', errorCode: 'guardrail_blocked' }])
  })

  it('gives a result that guards have redacted', async () => {
    const tool = toolCaller(() => ({ ...SAID, structuredContent: { secret: 'Bluebird' } }))
    const guard = keywords({ words: ['bluebird'], stage: 'output', action: 'redact' })
    await using gateway = await startGateway({ plugins: [tool.entry, guard] })

    const { text } = await gateway.post('/try', { path: 'a.txt' })

    expect(text).not.toMatch(/bluebird/i)
    expect(text).toContain('the secret is')
  })

  it('ends when its time is up, and says so', async () => {
    const never = new Promise<never>(() => undefined)
    const tool = toolCaller(() => never as never)
    await using gateway = await startGateway({ plugins: [tool.entry] })

    const { status, body } = await gateway.post('/try', {})

    expect(status).toBe(504)
    expect(body.error.code).toBe('upstream_timeout')
  })

  it('is answered when its record is safe, and not before', async () => {
    const written = Promise.withResolvers<void>()
    const asked = Promise.withResolvers<void>()
    const ledger = definePlugin({
      name: 'slow-ledger',
      schema: { type: 'object', additionalProperties: false },
      setup: () => ({
        services: {
          ledger: {
            committed() {
              asked.resolve()
              return written.promise
            },
            flush: async () => undefined,
            explain: async () => undefined,
            async *recorded() {},
          },
        },
      }),
    })
    await using gateway = await startGateway({ plugins: [toolCaller(() => SAID).entry, ledger()] })

    let isAnswered = false
    const answer = gateway.post('/try', {}).then((got) => {
      isAnswered = true
      return got
    })
    await asked.promise
    expect(gateway.records).toHaveLength(1)
    expect(isAnswered).toBe(false)
    written.resolve()

    expect((await answer).status).toBe(200)
  })
})
