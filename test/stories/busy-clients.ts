import { setTimeout as sleep } from 'node:timers/promises'

import { eventsOf, say } from '../helpers/gateway.ts'
import { KEY } from '../helpers/serve.ts'

/** What a client was told of one request that was answered to its end. */
export interface Answered {
  readonly requestId: string
  readonly inputTokens: number
  readonly outputTokens: number
}

/** Clients that ask one thing after the other, every second one streamed, and write down what they see. */
export interface BusyClients {
  readonly answered: readonly Answered[]
  /** Answers that were no success, by status and code. */
  readonly refusals: readonly string[]
  /** Resolves when this many more have been answered. */
  more(count: number): Promise<void>
  stop(): Promise<void>
}

/** Without a connection they try again, at the address that is then the right one. */
export function startBusyClients(count: number, addressNow: () => string): BusyClients {
  const answered: Answered[] = []
  const refusals: string[] = []
  const watchers = new Set<() => void>()
  let isStopping = false

  async function work(client: number): Promise<void> {
    for (let turn = client; !isStopping; turn++) {
      try {
        await askOnce(turn % 2 === 0, `Client ${client}, turn ${turn}.`)
      } catch {
        await sleep(20)
      }
    }
  }

  async function askOnce(isStream: boolean, text: string): Promise<void> {
    const more = isStream ? { stream: true, stream_options: { include_usage: true } } : {}
    const response = await fetch(`${addressNow()}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${KEY}` },
      body: JSON.stringify(say('demo/echo', text, more)),
    })
    const body = await response.text()
    const requestId = response.headers.get('x-request-id') ?? ''
    if (response.status !== 200) {
      refusals.push(`${response.status} ${JSON.parse(body).error.code}`)
      return
    }
    const events = isStream ? eventsOf(body) : [JSON.parse(body)]
    if (isStream && events.pop() !== '[DONE]') return
    const { usage } = events.at(-1)
    answered.push({
      requestId,
      inputTokens: usage.prompt_tokens,
      outputTokens: usage.completion_tokens,
    })
    for (const watcher of watchers) watcher()
  }

  const workers = Array.from({ length: count }, (_, client) => work(client))
  return {
    answered,
    refusals,
    more(wanted) {
      const goal = answered.length + wanted
      return new Promise((resolve) => {
        const watch = (): void => {
          if (answered.length < goal) return
          watchers.delete(watch)
          resolve()
        }
        watchers.add(watch)
      })
    },
    async stop() {
      isStopping = true
      await Promise.all(workers)
    },
  }
}
