import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import type { Environment } from './environment.ts'
import { SetupError } from './setup-error.ts'

const SHORTEST_SECRET = 16

/**
 * The secret that all keys of the gateway are derived from: `TAPGATE_SECRET`, or one made once and
 * kept in the data folder. Machines that share a database must share the secret.
 */
export function readSecret(dataFolder: string, environment: Environment): Buffer {
  const given = environment['TAPGATE_SECRET']
  if (given !== undefined && given !== '') {
    if (given.length < SHORTEST_SECRET) {
      throw new SetupError(
        'secret_too_short',
        `TAPGATE_SECRET has fewer than ${SHORTEST_SECRET} characters.`,
        'Set it to a long random text, such as the output of "openssl rand -hex 32".',
      )
    }
    return Buffer.from(given)
  }
  const file = join(dataFolder, 'secret')
  try {
    return readFileSync(file)
  } catch {
    mkdirSync(dataFolder, { recursive: true })
    writeFileSync(file, randomBytes(32).toString('hex'), { mode: 0o600, flag: 'wx' })
    return readFileSync(file)
  }
}
