import { join } from 'node:path'

import { startChild } from '../children.ts'
import type { Layout } from '../machine.ts'
import { isListening } from '../messages.ts'
import type { StreamShape } from './answers.ts'
import { isMockCount } from './protocol.ts'

const answerTimeoutMs = 10_000

/** The mocked upstream as the run sees it. */
export interface Mock {
  readonly pid: number
  readonly port: number
  /** Says how streams look from now on. */
  shape(shape: StreamShape): void
  /** How many events it has sent since it started. */
  countSentEvents(): Promise<number>
  readonly assertRunning: () => void
}

/** Starts the mocked upstream. */
export async function startMock(layout: Layout): Promise<Mock> {
  const child = startChild({
    name: 'The mock',
    command: [join(import.meta.dirname, 'mock.ts')],
    cores: layout.mock,
    ipc: true,
  })
  const { port } = await child.next(isListening, answerTimeoutMs)
  return {
    pid: child.pid,
    port,
    shape: (shape) => child.send({ kind: 'shape', shape }),
    async countSentEvents() {
      const count = child.next(isMockCount, answerTimeoutMs)
      child.send({ kind: 'count' })
      return (await count).sentEvents
    },
    assertRunning: child.assertRunning,
  }
}
