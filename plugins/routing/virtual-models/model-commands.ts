import {
  type Command,
  type CommandInput,
  type CommandOutput,
  type Database,
  GatewayError,
  type Services,
  SetupError,
} from '#core'

import type { Definition } from './definition.ts'
import type { ModelEditor } from './model-editor.ts'
import {
  toConfiguredJson,
  toConfiguredVersionJson,
  toModelJson,
  toVersionJson,
} from './model-json.ts'
import { allModels, type ModelKey, type ModelRow, versionsOf } from './model-table.ts'

export interface ModelCommandsParts {
  readonly database: Database
  readonly editor: ModelEditor
  readonly services: Services
  /** Those of the config file. */
  readonly config: ReadonlyMap<string, Definition>
}

const MOST_SHOWN = 20
type OptionValue = CommandInput['options'][string]
const NAME = { name: 'name', description: 'the name of the virtual model', isRequired: true }
const PROJECT = {
  flags: '--project <project>',
  description: 'whose model, where several projects have one of this name',
}

/** `tapgate virtual-models …`: for the person at the machine, who sees those of all projects. */
export function modelCommands(parts: ModelCommandsParts): readonly Command[] {
  const { database, editor, services, config } = parts

  async function theOneNamed(name: string, project: OptionValue): Promise<ModelRow> {
    const projectId = await projectNamed(project)
    const rows = (await allModels(database, projectId)).filter((row) => row.name === name)
    const [row, ...others] = rows
    if (row && others.length === 0) return row
    if (!row) {
      const hint = 'Run "tapgate virtual-models list" to see all of them.'
      throw new SetupError('model_not_found', `There is no virtual model "${name}" here.`, hint)
    }
    const ids = rows.map(({ project_id: id }) => id).join(', ')
    throw new SetupError(
      'ambiguous_name',
      `${rows.length} projects have a virtual model "${name}".`,
      `Say which one with --project: ${ids}.`,
    )
  }

  async function projectNamed(idOrName: OptionValue): Promise<string | undefined> {
    if (typeof idOrName !== 'string') return undefined
    const accounts = 'accounts' in services ? services.accounts : undefined
    return (await accounts?.projectId?.(idOrName)) ?? idOrName
  }

  return [
    {
      name: 'virtual-models list',
      summary: 'List the virtual models',
      examples: ['tapgate virtual-models list', 'tapgate virtual-models list --json'],
      async run() {
        const rows = await allModels(database)
        const lines = [
          ...[...config.keys()].map((name) => `${name}  in the config file`),
          ...rows.map((row) => `${row.name}  ${stateOf(row)}  project ${row.project_id}`),
        ]
        const none = 'There is no virtual model yet. README.md tells how to make one.'
        const json = [
          ...[...config.keys()].map(toConfiguredJson),
          ...rows.map((row) => ({ ...toModelJson(row), project_id: row.project_id })),
        ]
        return { text: lines.length > 0 ? lines.join('\n') : none, json }
      },
    },
    {
      name: 'virtual-models show',
      summary: 'Show a virtual model and its last versions',
      arguments: [NAME],
      options: [PROJECT],
      examples: ['tapgate virtual-models show support'],
      async run({ arguments: [name = ''], options }) {
        const configured = config.get(name)
        if (configured) {
          const versions = [toConfiguredVersionJson(configured)]
          return asText(`${name}  in the config file`, { ...toConfiguredJson(name), versions })
        }
        const row = await theOneNamed(name, options['project'])
        const page = { limit: MOST_SHOWN, offset: 0 }
        const versions = (await versionsOf(database, keyOf(row), page)).map(toVersionJson)
        return asText(`${name}  ${stateOf(row)}`, { ...toModelJson(row), versions })
      },
    },
    {
      name: 'virtual-models publish',
      summary: 'Let the name of a virtual model stand for one of its versions',
      arguments: [
        NAME,
        { name: 'version', description: 'its number, newer or older', isRequired: true },
      ],
      options: [PROJECT],
      examples: ['tapgate virtual-models publish support 3'],
      async run({ arguments: [name = '', version = ''], options }) {
        const row = await theOneNamed(name, options['project'])
        if (!/^[1-9]\d{0,8}$/.test(version)) {
          throw new SetupError('invalid_option', 'The version is not valid.', 'It is a number.')
        }
        await editor.publish(keyOf(row), Number(version)).catch((error: unknown) => {
          throw error instanceof GatewayError
            ? new SetupError(
                error.code,
                error.message,
                `See "tapgate virtual-models show ${name}".`,
              )
            : error
        })
        const text = `${name} is version ${version} now; running gateways follow within seconds.`
        return { text, json: { name, published_version: Number(version) } }
      },
    },
  ]
}

function keyOf({ project_id: projectId, name }: ModelRow): ModelKey {
  return { projectId, name }
}

function stateOf({ published_version: published, latest_version: latest }: ModelRow): string {
  const versions = latest === 1 ? '1 version' : `${latest} versions`
  return published === null ? `${versions}, none published` : `${versions}, ${published} published`
}

function asText(title: string, json: object): CommandOutput {
  return { text: `${title}\n\n${JSON.stringify(json, null, 2)}`, json }
}
