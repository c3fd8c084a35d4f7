import { setTimeout as sleep } from 'node:timers/promises'

import type { CommandInput, CommandOutput } from '#core'
import { accounts } from '#plugins/access/accounts'

import { createDatabase, type Database, type DatabaseSettings } from '../../../core/database.ts'
import { makeTestDatabase } from '../../helpers/database.ts'
import { demoLike } from '../../helpers/demo-like.ts'
import { say, startGateway, type TestAnswer, type TestGateway } from '../../helpers/gateway.ts'

export const MASTER = 'sk-master-key-of-these-tests'
export const SECRET = 'a secret that all gateways of a test share'

export const as = (key: string): Record<string, string> => ({ authorization: `Bearer ${key}` })

/** Several gateways on one database, as on several machines. */
export interface House {
  readonly settings: DatabaseSettings
  start(environment?: Record<string, string>): Promise<TestGateway>
}

export async function build(kind: Database['kind']): Promise<House> {
  const settings: DatabaseSettings = { ...(await makeTestDatabase(kind)), mode: 'attach' }
  return {
    settings,
    start: (environment = { TAPGATE_KEY: MASTER }) =>
      startGateway({
        plugins: [accounts(), demoLike()],
        database: createDatabase(settings),
        environment: { TAPGATE_SECRET: SECRET, ...environment },
      }),
  }
}

export function run(
  gateway: TestGateway,
  name: string,
  input: Partial<CommandInput> = {},
): Promise<CommandOutput> {
  const command = gateway.gateway.commands.find((candidate) => candidate.name === name)
  if (!command) throw new Error(`There is no command "${name}".`)
  return Promise.resolve(command.run({ arguments: [], options: {}, ...input }))
}

export function create(gateway: TestGateway, body: object, key = MASTER): Promise<TestAnswer> {
  return gateway.post('/api/keys', body, as(key))
}

export async function revoke(gateway: TestGateway, id: string, key = MASTER): Promise<TestAnswer> {
  const response = await fetch(`${gateway.url}/api/keys/${id}`, {
    method: 'DELETE',
    headers: as(key),
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, text, body: JSON.parse(text) }
}

export const chat = (gateway: TestGateway, key: string): Promise<TestAnswer> =>
  gateway.chat(say('like/echo', 'Hello'), as(key))

/** Asks until the answer has this status. */
export async function untilStatus(
  ask: () => Promise<TestAnswer>,
  status: number,
): Promise<TestAnswer> {
  for (;;) {
    const answer = await ask()
    if (answer.status === status) return answer
    await sleep(50)
  }
}
