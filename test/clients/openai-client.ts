import OpenAI, { type ClientOptions } from 'openai'

import { definePlugin, type GatewayError, type PluginEntry } from '#core'

import type { TestGateway } from '../helpers/gateway.ts'

/** The official SDK at a gateway; it tries once unless told otherwise. */
export function openaiAt(gateway: TestGateway, options: ClientOptions = {}): OpenAI {
  return new OpenAI({ apiKey: 'sk-none', baseURL: `${gateway.url}/v1`, maxRetries: 0, ...options })
}

/** A conversation of one message of the user. */
export function user(content: string): { role: 'user'; content: string }[] {
  return [{ role: 'user', content }]
}

/** All that a stream brings. */
export async function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = []
  for await (const item of stream) items.push(item)
  return items
}

/** What a promise is rejected with. */
export async function faultOf(promise: PromiseLike<unknown>): Promise<any> {
  try {
    await promise
  } catch (error) {
    return error
  }
  throw new Error('Nothing was thrown.')
}

/** Refuses requests before they are routed: with the fault for the first, the second, … or not at all. */
export function refusing(
  faultFor: (count: number) => Error | GatewayError | undefined,
): PluginEntry {
  let count = 0
  return definePlugin({
    name: 'refusing',
    schema: { type: 'object', additionalProperties: false },
    setup: () => ({
      hooks: {
        preRoute() {
          const fault = faultFor(++count)
          if (fault) throw fault
        },
      },
    }),
  })()
}
