import { createRequire } from 'node:module'

import { findPort } from '../../helpers/find-port.ts'
import { startChild } from '../children.ts'
import type { Layout } from '../machine.ts'
import type { Peer } from './peer.ts'
import { waitReady } from './wait-ready.ts'

/** Starts Portkey's gateway as npm brings it, in front of the mock. */
export async function startPortkey(layout: Layout, mockPort: number): Promise<Peer> {
  const port = await findPort()
  const child = startChild({
    name: 'Portkey',
    command: [
      '--import',
      new URL('./loopback.ts', import.meta.url).href,
      createRequire(import.meta.url).resolve('@portkey-ai/gateway/build/start-server.js'),
      `--port=${port}`,
      '--headless',
    ],
    cores: layout.gateway,
  })
  await waitReady(child, `http://127.0.0.1:${port}/`)
  return {
    name: 'portkey',
    pid: child.pid,
    port,
    headers: {
      authorization: 'Bearer x',
      'x-portkey-provider': 'openai',
      'x-portkey-custom-host': `http://127.0.0.1:${mockPort}/v1`,
    },
    model: 'gpt-5-mini',
    assertRunning: child.assertRunning,
  }
}
