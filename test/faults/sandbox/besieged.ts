import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { C_LIBRARY, NODE_FLAGS } from '../../helpers/start-settings.ts'

/** How the gateway's process does. */
export interface Look {
  readonly pid: number
  /** Resident memory in bytes, garbage collected. */
  readonly rss: number
  /** The longest time since the last look in which its event loop did not turn. */
  readonly longestGapMs: number
  /** The same, of its thread's CPU time: what the hostile scripts beside it do to the machine left out. */
  readonly longestHeldMs: number
  /** What scripts have put on its `Object.prototype`. */
  readonly polluted: readonly string[]
}

/** What became of a request whose model a script chooses. */
export interface Verdict {
  readonly status: number
  /** The model that answered. */
  readonly model: string | undefined
  readonly reason: string | undefined
  readonly durationMs: number
}

/** A gateway that hostile scripts are sent to. */
export interface Besieged extends AsyncDisposable {
  /** `http://127.0.0.1:1234` */
  readonly url: string
  /** Asks in the name of a tenant. A request that is not answered rejects. */
  ask(tenant: string, script: string, more?: object): Promise<Verdict>
  look(): Promise<Look>
  /** Processes that the gateway has started and that have not ended. */
  children(): number
}

const LONGEST_ANSWER_MS = 30_000

/** Starts the gateway in a process of its own; on a busy machine scripts had better wait for longer. */
export async function besiege({
  queueWaitMs = 250,
  engine = 'isolated-vm',
} = {}): Promise<Besieged> {
  const child = fork(join(import.meta.dirname, 'gateway.ts'), [String(queueWaitMs), engine], {
    env: { ...process.env, ...C_LIBRARY },
    execArgv: ['--expose-gc', ...NODE_FLAGS, '--no-warnings'],
  })
  const [{ url }] = (await once(child, 'message')) as [{ url: string }]

  return {
    url,
    async ask(tenant, script, more = {}) {
      const startedAt = performance.now()
      const response = await fetch(`${url}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-tenant': tenant },
        body: JSON.stringify({
          model: 'router/dynamic',
          messages: [{ role: 'user', content: 'hello' }],
          router: { type: 'script', script },
          ...more,
        }),
        signal: AbortSignal.timeout(LONGEST_ANSWER_MS),
      })
      const body = (await response.json()) as Answer
      return {
        status: response.status,
        model: body.choices?.[0]?.message.content,
        reason: body.error && (body.error.details.reason ?? body.error.code),
        durationMs: performance.now() - startedAt,
      }
    },
    async look() {
      const answer = once(child, 'message')
      child.send('look')
      return ((await answer) as [Look])[0]
    },
    children: () => childrenOf(child.pid ?? 0),
    async [Symbol.asyncDispose]() {
      const ended = once(child, 'exit')
      child.disconnect()
      await ended
    },
  }
}

interface Answer {
  readonly choices?: readonly { readonly message: { readonly content: string } }[]
  readonly error?: { readonly code: string; readonly details: { readonly reason?: string } }
}

function childrenOf(pid: number): number {
  return readdirSync('/proc').filter((name) => {
    if (!/^\d+$/.test(name)) return false
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
      return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === pid
    } catch {
      return false
    }
  }).length
}
