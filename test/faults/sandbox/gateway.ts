/** The gateway that hostile scripts are sent to: a process of its own, which tells how it does. */
import { join } from 'node:path'

import { definePlugin } from '#core'
import { routers } from '#plugins/routing/routers'

import { startGateway } from '../../helpers/gateway.ts'
import { watchLoop } from '../../helpers/loop-watch.ts'
import { localProvider } from '../../plugins/local-provider.ts'
import type { Look } from './besieged.ts'

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
const loop = watchLoop()

process.on('message', (message) => {
  if (message !== 'look') return
  const { mostMs: longestGapMs, mostCpuMs: longestHeldMs } = loop
  globalThis.gc?.()
  const look: Look = {
    pid: process.pid,
    rss: process.memoryUsage.rss(),
    longestGapMs,
    longestHeldMs,
    polluted: Object.keys(Object.prototype),
  }
  process.send?.(look)
  // To collect garbage takes a while, which is nobody's fault.
  setTimeout(() => loop.forget(), 10)
})
process.on('disconnect', () => process.exit(0))
process.send?.({ url: gateway.url })
