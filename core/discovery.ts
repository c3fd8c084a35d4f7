import { Lifetime } from './lifetime.ts'
import type { Logger } from './logger.ts'
import type { ModelDirectory } from './models.ts'
import type { Provider, Timeouts } from './provider.ts'
import type { Upstream } from './upstream.ts'

/** Asks the providers whose models nobody can know beforehand (Ollama, vLLM) what they have. */
export interface Discovery {
  /** Asks those that were not asked lately. Never fails: who does not answer is left out. */
  refresh(): Promise<void>
}

const ASK_AGAIN_AFTER_MS = 60_000
const LONGEST_WAIT_MS = 2_000

export function createDiscovery(
  providers: readonly Provider[],
  models: ModelDirectory,
  upstream: Upstream,
  log: Logger,
): Discovery {
  const known = new Set(models.list().map(({ provider }) => provider))
  const asked = new Map<string, { at: number; done: Promise<void> }>()

  async function ask(provider: Provider): Promise<void> {
    const { connection, discovery } = provider
    if (!connection || !discovery) return
    const life = new Lifetime()
    const timer = setTimeout(() => life.end(new Error('It took too long.')), LONGEST_WAIT_MS)
    try {
      const answer = await upstream.send({
        method: 'GET',
        baseUrl: connection.baseUrl,
        path: discovery.path,
        headers: connection.headers,
        timeouts: LIMITS,
        life,
      })
      if (answer.status !== 200 || !Buffer.isBuffer(answer.body)) {
        throw new Error(`It answered ${answer.status}.`)
      }
      models.learn(provider.name, discovery.read(JSON.parse(answer.body.toString())))
    } catch (error) {
      const because = error instanceof Error ? error.message : String(error)
      log.debug('A provider did not list its models.', { provider: provider.name, because })
    } finally {
      clearTimeout(timer)
    }
  }

  return {
    async refresh() {
      const waits = providers
        .filter((provider) => provider.discovery && !known.has(provider.name))
        .map((provider) => {
          const last = asked.get(provider.name)
          if (last && performance.now() - last.at < ASK_AGAIN_AFTER_MS) return last.done
          const done = ask(provider)
          asked.set(provider.name, { at: performance.now(), done })
          return done
        })
      await Promise.all(waits)
    },
  }
}

const LIMITS: Timeouts = {
  connectMs: LONGEST_WAIT_MS,
  firstByteMs: LONGEST_WAIT_MS,
  idleMs: LONGEST_WAIT_MS,
  totalMs: LONGEST_WAIT_MS,
}
