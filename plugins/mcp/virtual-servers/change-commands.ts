import {
  ANYBODY,
  GatewayError,
  SetupError,
  type Caller,
  type Command,
  type CommandInput,
  type Services,
} from '#core'

import type { Changes, ToolState } from './changes.ts'
import type { KnownServers } from './known-servers.ts'
import type { VirtualServer } from './virtual-server.ts'

export interface ChangeCommandsParts {
  readonly known: KnownServers
  readonly changes: Changes
  readonly services: Services
}

const VIRTUAL = { name: 'virtual', description: 'the name of the virtual server', isRequired: true }
const PROJECT = {
  flags: '--project <project>',
  description: 'id or name; the default one when left out',
}

/** `tapgate mcp changes` and `tapgate mcp accept`: for the person at the machine. */
export function changeCommands({
  known,
  changes,
  services,
}: ChangeCommandsParts): readonly Command[] {
  async function virtualNamed(
    name: string,
    options: CommandInput['options'],
  ): Promise<{ readonly virtual: VirtualServer; readonly caller: Caller }> {
    const caller = await callerFor(options['project'], services)
    const virtual = known.find(name, caller.projectId)
    if (virtual) return { virtual, caller }
    const names = known.list(caller.projectId).map((one) => one.name)
    const hint =
      names.length > 0
        ? `There are: ${names.join(', ')}.`
        : 'There is none yet: POST /api/mcp/virtual-servers makes one.'
    throw new SetupError('mcp_server_not_found', `There is no virtual server "${name}".`, hint)
  }

  return [
    {
      name: 'mcp changes',
      startsPlugins: true,
      summary: 'Show the tools of a virtual server that have changed since they were accepted',
      arguments: [VIRTUAL],
      options: [PROJECT],
      examples: ['tapgate mcp changes support', 'tapgate mcp changes support --json'],
      async run({ arguments: [name = ''], options }) {
        const { virtual, caller } = await virtualNamed(name, options)
        const states = await changes.states(virtual, caller, new AbortController().signal)
        const changed = states.filter(({ status }) => status !== 'accepted')
        const none = `Every tool of "${name}" is what was accepted.`
        const text = changed.map((state) => toText(state)).join('\n\n')
        return { text: text === '' ? none : text, json: changed }
      },
    },
    {
      name: 'mcp accept',
      startsPlugins: true,
      summary: 'Accept a tool of a virtual server as it is now',
      arguments: [
        VIRTUAL,
        { name: 'tool', description: 'its name in the virtual server', isRequired: true },
      ],
      options: [
        PROJECT,
        { flags: '--hash <hash>', description: 'only if it still is what "mcp changes" showed' },
      ],
      examples: ['tapgate mcp accept support search_issues'],
      async run({ arguments: [name = '', tool = ''], options }) {
        const { virtual, caller } = await virtualNamed(name, options)
        const hash = typeof options['hash'] === 'string' ? options['hash'] : undefined
        const { signal } = new AbortController()
        const accepted = await changes
          .accept({ virtual, caller, tool, hash }, signal)
          .catch(asSetupError)
        const text = `"${tool}" is accepted as it is now; running gateways follow within seconds.`
        return { text, json: accepted }
      },
    },
  ]
}

function asSetupError(error: unknown): never {
  if (!(error instanceof GatewayError)) throw error
  throw new SetupError(error.code, error.message, 'See "tapgate mcp changes".', { cause: error })
}

/** The person at the machine, in a project. */
async function callerFor(
  named: CommandInput['options'][string],
  services: Services,
): Promise<Caller> {
  const project = typeof named === 'string' ? named : undefined
  const accounts = 'accounts' in services ? services.accounts : undefined
  const projectId = await accounts?.projectId?.(project)
  return { ...ANYBODY, projectId: projectId ?? project ?? ANYBODY.projectId }
}

function toText({
  tool,
  server,
  source_tool: source,
  status,
  message,
  ...state
}: ToolState): string {
  const lines = state.difference.map((line) => `  ${line}`)
  const why = message === undefined ? '' : `: ${message}`
  return [`${tool}  ${status}  ${server}/${source}${why}`, ...lines].join('\n')
}
