import { describe, expect, it } from 'vitest'

import { definePlugin, type Ask, type Finished, type TryRoute } from '#core'
import { demo } from '#plugins/providers/demo'

import { startGateway } from '../helpers/gateway.ts'

function lender() {
  const lent: { ask?: Ask; tryRoute?: TryRoute; finished: Finished[] } = { finished: [] }
  const plugin = definePlugin({
    name: 'lender',
    schema: { type: 'object', additionalProperties: false },
    setup({ ask, tryRoute }) {
      lent.ask = ask
      lent.tryRoute = tryRoute
      return { hooks: { postResponse: (finished) => void lent.finished.push(finished) } }
    },
  })
  return { lent, plugin: plugin() }
}

const caller = { projectId: 'project', scopes: ['write'] } as const
const hello = { model: 'demo/echo', messages: [{ role: 'user' as const, content: 'Hello.' }] }

describe("A question of the gateway's own", () => {
  it('is answered by a model, and recorded with its purpose', async () => {
    const { lent, plugin } = lender()
    await using gateway = await startGateway({ plugins: [demo(), plugin] })
    const answer = await lent.ask?.({
      operation: 'chat',
      request: hello,
      purpose: 'guard',
      caller,
    })
    expect(answer?.choices[0]?.message.content).toBe('Hello.')
    expect(gateway.records).toMatchObject([
      { purpose: 'guard', status: 'success', provider: 'demo', caller, parentId: null },
    ])
  })

  it('fails as a request would, and is recorded too', async () => {
    const { lent, plugin } = lender()
    await using gateway = await startGateway({ plugins: [demo(), plugin] })
    const request = { ...hello, model: 'demo/ekho' }
    await expect(
      lent.ask?.({ operation: 'chat', request, purpose: 'guard', caller }),
    ).rejects.toMatchObject({ code: 'model_not_found' })
    expect(gateway.records).toMatchObject([{ purpose: 'guard', status: 'refused' }])
  })

  it('ends when its signal does', async () => {
    const { lent, plugin } = lender()
    await using gateway = await startGateway({ plugins: [demo(), plugin] })
    await expect(
      lent.ask?.({
        operation: 'chat',
        request: { ...hello, model: 'demo/slow' },
        purpose: 'guard',
        caller,
        signal: AbortSignal.abort(),
      }),
    ).rejects.toMatchObject({ code: 'client_closed_request' })
    expect(gateway.records).toHaveLength(1)
  })
})

describe('A routing trial', () => {
  it('says what would be tried and sends nothing', async () => {
    const { lent, plugin } = lender()
    await using gateway = await startGateway({ plugins: [demo(), plugin] })
    const result = await lent.tryRoute?.({ operation: 'chat', request: hello, caller })
    expect(result?.targets).toEqual([{ provider: 'demo', model: 'echo' }])
    expect(gateway.records).toEqual([])
  })
})

describe('An exchange that has ended', () => {
  it.each([false, true])('shows what was said to its observers (stream: %s)', async (stream) => {
    const { lent, plugin } = lender()
    await using gateway = await startGateway({ plugins: [demo(), plugin] })
    await gateway.chat({ ...hello, stream })
    await gateway.stop()
    const [finished] = lent.finished
    expect(finished?.request?.['messages']).toEqual(hello.messages)
    expect(finished?.answer()).toMatchObject({ choices: [{ message: { content: 'Hello.' } }] })
    expect(finished?.record.status).toBe('success')
  })
})
