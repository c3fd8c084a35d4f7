/** The gateway that hostile scripts are sent to: a process of its own, which tells how it does. */
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'

import { definePlugin } from '#core'
import { routers } from '#plugins/routing/routers'

import { startGateway } from '../../helpers/gateway.ts'
import { localProvider } from '../../plugins/local-provider.ts'

const [, , queueWaitMs, engine] = process.argv
const MODELS = ['m1', 'm2', 'm3', 'x']

/** Whoever asks says who it is: projects are what scripts are kept apart by. */
const tenants = definePlugin({
  name: 'tenants',
  schema: { type: 'object', additionalProperties: false },
  setup: () => ({
    services: {
      accounts: {
        identify: (headers) => ({ projectId: String(headers['x-tenant']), scopes: ['write'] }),
      },
    },
  }),
})

const gateway = await startGateway({
  plugins: [
    tenants(),
    localProvider('local', MODELS, (_request, model) => model),
    routers({
      scripts: join(import.meta.dirname, 'scripts'),
      limits: { queueWaitMs: Number(queueWaitMs) },
      engine: engine === 'quickjs' ? engine : 'isolated-vm',
    }),
  ],
})
const loop = monitorEventLoopDelay({ resolution: 5 })
loop.enable()

process.on('message', (message) => {
  if (message !== 'look') return
  const longestGapMs = loop.max / 1e6
  // To collect garbage takes a while, which is nobody's fault.
  loop.disable()
  globalThis.gc?.()
  const polluted = Object.keys(Object.prototype)
  process.send?.({ pid: process.pid, rss: process.memoryUsage.rss(), longestGapMs, polluted })
  loop.reset()
  loop.enable()
})
process.on('disconnect', () => process.exit(0))
process.send?.({ url: gateway.url })
