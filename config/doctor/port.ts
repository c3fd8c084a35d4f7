import { once } from 'node:events'
import { createServer } from 'node:net'

import { addressOf } from '../address.ts'
import { reasonOf, type Finding } from './finding.ts'

const LONGEST_WAIT_MS = 3_000

/** Whether the gateway could listen, or already does. */
export async function checkPort(host: string, port: number): Promise<Finding> {
  const name = 'Port'
  try {
    await listenOnce(host, port)
    return { name, status: 'ok', message: `${port} of ${host} is free.` }
  } catch (error) {
    const isTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
    if (isTaken && (await isTapgate(addressOf(host, port)))) {
      return { name, status: 'ok', message: `A Tapgate answers on ${port} of ${host}.` }
    }
    if (isTaken) {
      return {
        name,
        status: 'failed',
        message: `${port} of ${host} is taken by another program.`,
        fix: 'Stop it, or set PORT to another one.',
      }
    }
    return {
      name,
      status: 'failed',
      message: `Nothing can listen on ${port} of ${host}: ${reasonOf(error)}.`,
      fix: 'Set PORT to a number above 1023, and HOST to an address of this machine.',
    }
  }
}

async function listenOnce(host: string, port: number): Promise<void> {
  const server = createServer().listen(port, host)
  await once(server, 'listening')
  server.close()
}

async function isTapgate(address: string): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(LONGEST_WAIT_MS)
    const response = await fetch(`${address}/livez`, { signal })
    await response.body?.cancel()
    return response.ok && response.headers.get('x-request-id')?.startsWith('req_') === true
  } catch {
    return false
  }
}
