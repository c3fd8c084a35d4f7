import { expect } from 'vitest'

import { definePlugin, type CommandInput, type CommandOutput, type PluginEntry } from '#core'

import { createDatabase, type DatabaseSettings } from '../../../../core/database.ts'
import { say, startGateway, type TestAnswer, type TestGateway } from '../../../helpers/gateway.ts'
import { localProvider, outOfOrder } from '../../local-provider.ts'

/** Two projects. A request is of the first unless its header says otherwise. */
export const RED = '11111111-1111-4111-8111-111111111111'
export const BLUE = '22222222-2222-4222-8222-222222222222'

/** A gateway whose `b` models say what they were asked, and whose `a` models always fail. */
export interface Workshop extends AsyncDisposable {
  readonly gateway: TestGateway
  /** A call of `/api/virtual-models` and what stands behind it. */
  readonly api: (
    method: string,
    path: string,
    body?: object,
    project?: string,
  ) => Promise<TestAnswer>
  /** Makes a virtual model, published unless it says otherwise. */
  readonly make: (name: string, definition: object, project?: string) => Promise<TestAnswer>
  readonly chat: (model: string, more?: object, project?: string) => Promise<TestAnswer>
  /** Runs `tapgate virtual-models …`. */
  readonly run: (
    command: string,
    args?: readonly string[],
    options?: CommandInput['options'],
  ) => Promise<CommandOutput>
  /** What reached the model; `model` as the provider knows it. */
  readonly asked: (model: string, more?: object, project?: string) => Promise<any>
}

export async function openWorkshop(
  settings: DatabaseSettings,
  ...plugins: PluginEntry[]
): Promise<Workshop> {
  const a = localProvider('a', ['one', 'two'], () => {
    throw outOfOrder()
  })
  const b = localProvider('b', ['one', 'two'], (request, model) =>
    JSON.stringify({ ...request, model }),
  )
  const gateway = await startGateway({
    plugins: [twoProjects(), a, b, ...plugins],
    settings: { maxRetries: 0 },
    database: createDatabase(settings),
  })

  const inProject = (project = RED): Record<string, string> => ({ 'x-test-project': project })

  const api: Workshop['api'] = async (method, path, body, project) => {
    const response = await fetch(`${gateway.url}/api/virtual-models${path}`, {
      method,
      headers: inProject(project),
      ...(body && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, headers: response.headers, text, body: JSON.parse(text) }
  }
  const chat: Workshop['chat'] = (model, more, project) =>
    gateway.chat(say(model, 'hi', more), inProject(project))

  return {
    gateway,
    api,
    chat,
    async make(name, definition, project) {
      const answer = await api('POST', '', { name, publish: true, ...definition }, project)
      expect(answer.body).toMatchObject({ name, version: 1 })
      return answer
    },
    async run(name, args = [], options = {}) {
      const command = gateway.gateway.commands.find((one) => one.name === `virtual-models ${name}`)
      if (!command) throw new Error(`There is no command "${name}".`)
      return command.run({ arguments: args, options })
    },
    async asked(model, more, project) {
      const answer = await chat(model, more, project)
      expect(answer.body.error).toBeUndefined()
      return JSON.parse(answer.body.choices[0].message.content)
    },
    [Symbol.asyncDispose]: () => gateway.stop(),
  }
}

/** Who sends a request is written on it. */
const twoProjects = definePlugin({
  name: 'two-projects',
  schema: { type: 'object', additionalProperties: false },
  setup: () => ({
    services: {
      accounts: {
        identify: (headers) => ({
          projectId: String(headers['x-test-project'] ?? RED),
          scopes: ['read', 'write', 'admin'],
        }),
      },
    },
  }),
})

/** A guard that blocks what says this word. */
export function forbid(
  word: string,
  guard: { id: string; apply: 'always' | 'on-request' },
): PluginEntry {
  return definePlugin({
    name: guard.id,
    schema: { type: 'object', additionalProperties: false },
    setup: () => ({
      guards: [
        {
          ...guard,
          stage: 'input',
          check: ({ segments }) =>
            segments.some(({ text }) => text.includes(word)) ? { passed: false } : undefined,
        },
      ],
    }),
  })()
}
