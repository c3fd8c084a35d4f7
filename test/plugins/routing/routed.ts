import { expect } from 'vitest'

import type { ChatRequest, PluginEntry } from '#core'
import { routers } from '#plugins/routing/routers'

import {
  say,
  startGateway,
  type TestAnswer,
  type TestGateway,
  type TestGatewayParts,
} from '../../helpers/gateway.ts'
import { localProvider, outOfOrder } from '../local-provider.ts'

/** A gateway with routers, and what its models were asked. */
export interface Routed {
  readonly gateway: TestGateway
  /** Every request that reached a model, in order; `model` as `provider/model`. */
  readonly asked: readonly ChatRequest[]
  /** Sends one message of the user. */
  ask(more: object, headers?: Record<string, string>): Promise<TestAnswer>
  /** The names of the models that were asked for one request, in order. */
  tried(more: object): Promise<readonly string[]>
  [Symbol.asyncDispose](): Promise<void>
}

type More = Omit<TestGatewayParts, 'plugins'>

/** Models `good/x`, `good/y`, `good/z`, which answer, and `bad/x`, `bad/y`, which fail. */
export async function startRouted(
  first: PluginEntry | More = {},
  ...rest: PluginEntry[]
): Promise<Routed> {
  const [more, plugins] = 'plugin' in first ? [{}, [first, ...rest]] : [first, rest]
  const asked: ChatRequest[] = []
  const good = localProvider('good', ['x', 'y', 'z'], (request, model) => {
    asked.push({ ...request, model: `good/${model}` })
    return `from good/${model}`
  })
  const bad = localProvider('bad', ['x', 'y'], (request, model) => {
    asked.push({ ...request, model: `bad/${model}` })
    throw outOfOrder()
  })
  const settings = { maxRetries: 0, prices: { 'good/x': { input: 1, output: 2 } } }
  const gateway = await startGateway({
    ...more,
    plugins: [good, bad, routers(), ...plugins],
    settings,
  })
  const ask: Routed['ask'] = (more, headers) =>
    gateway.chat(say('router/dynamic', 'hi', more), headers)
  return {
    gateway,
    asked,
    ask,
    async tried(more) {
      const before = asked.length
      expect((await ask(more)).status).toBe(200)
      return asked.slice(before).map(({ model }) => model)
    },
    [Symbol.asyncDispose]: () => gateway.stop(),
  }
}
