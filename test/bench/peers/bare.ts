import { join } from 'node:path'

import { startChild } from '../children.ts'
import type { Layout } from '../machine.ts'
import { isListening } from '../messages.ts'
import type { Peer } from './peer.ts'

const startTimeoutMs = 10_000

/** Starts the bare pipe in front of the mock, with room for so many requests at once. */
export async function startBare(
  layout: Layout,
  mockPort: number,
  connections: number,
): Promise<Peer> {
  const child = startChild({
    name: 'The bare pipe',
    command: [join(import.meta.dirname, 'bare-pipe.ts'), String(mockPort), String(connections)],
    cores: layout.gateway,
    ipc: true,
  })
  const { port } = await child.next(isListening, startTimeoutMs)
  return {
    name: 'bare',
    pid: child.pid,
    port,
    headers: { authorization: 'Bearer x' },
    model: 'gpt-5-mini',
    assertRunning: child.assertRunning,
  }
}
