import {
  GatewayError,
  SetupError,
  type Command,
  type McpDirectory,
  type Services,
  type ToolAnswer,
} from '#core'

import { inspectServer, withLink, type Inspection } from './inspect-server.ts'
import { asSetupError, personAt, PROJECT } from './person.ts'
import { toStatusJson } from './server-json.ts'

const SERVER = { name: 'server', description: 'the name of the server', isRequired: true }
const SEE_LIST = 'See "tapgate mcp list".'

/** `tapgate mcp list`, `inspect` and `call`: the servers as the person at the machine can use them. */
export function useCommands(mcp: McpDirectory, services: Services): readonly Command[] {
  return [
    {
      name: 'mcp list',
      startsPlugins: true,
      summary: 'List the MCP servers',
      options: [PROJECT],
      examples: ['tapgate mcp list', 'tapgate mcp list --json'],
      async run({ options }) {
        const { projectId } = await personAt(options, services)
        const servers = mcp.list(projectId)
        const lines = servers.map((server) => {
          const where = server.source === 'api' ? 'of the project' : 'in the config file'
          return `${server.name}  ${server.transport}  ${where}  ${stateOf(server.status())}`
        })
        const none = 'There is no MCP server yet. Add one: "tapgate mcp add <name> <url>".'
        const json = servers.map(({ name, title, description, transport, source }, index) => ({
          name,
          title: title ?? null,
          description: description || null,
          type: transport,
          source,
          status: toStatusJson(servers[index]?.status() ?? { state: 'idle' }),
        }))
        return { text: lines.length > 0 ? lines.join('\n') : none, json }
      },
    },
    {
      name: 'mcp inspect',
      startsPlugins: true,
      summary: 'Connect to an MCP server and show what it offers',
      arguments: [SERVER],
      options: [PROJECT],
      examples: ['tapgate mcp inspect github', 'tapgate mcp inspect github --json'],
      async run({ arguments: [name = ''], options }) {
        const caller = await personAt(options, services)
        const { signal } = new AbortController()
        return (async () => {
          const server = mcp.get(name, caller.projectId)
          const found = await inspectServer(server, { caller, signal })
          const status = server.status()
          const text = toText(found, `${server.transport}, ${stateOf(status)}`)
          return { text, json: { ...found, status: toStatusJson(status) } }
        })().catch(asSetupError(SEE_LIST))
      },
    },
    {
      name: 'mcp call',
      startsPlugins: true,
      summary: 'Call a tool of an MCP server',
      arguments: [
        SERVER,
        { name: 'tool', description: 'the name of the tool', isRequired: true },
        { name: 'json', description: 'its arguments, as a JSON object' },
      ],
      options: [PROJECT],
      examples: [`tapgate mcp call github search_issues '{"query":"is:open"}'`],
      async run({ arguments: [name = '', tool = '', json = '{}'], options }) {
        const args = readArguments(json)
        const caller = await personAt(options, services)
        const { signal } = new AbortController()
        const answer = await (async () =>
          withLink(mcp.get(name, caller.projectId), { caller, signal }, (link) =>
            link.callTool({ name: tool, arguments: args }, { signal }),
          ))().catch((error: unknown) => {
          const isUnknown = error instanceof GatewayError && error.code === 'mcp_server_not_found'
          return asSetupError(isUnknown ? SEE_LIST : `See "tapgate mcp inspect ${name}".`)(error)
        })
        return { text: said(answer), json: answer, exitCode: answer.isError ? 1 : 0 }
      },
    },
  ]
}

function stateOf({
  state,
  message,
}: {
  readonly state: string
  readonly message?: string
}): string {
  return message === undefined ? state : `${state}: ${message}`
}

function readArguments(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return value as Readonly<Record<string, unknown>>
    }
  } catch {
    // Told below, as what is JSON but no object.
  }
  const hint = `Write them as '{"query": "is:open"}'.`
  throw new SetupError('invalid_argument', 'The arguments are no JSON object.', hint)
}

function toText(found: Inspection, state: string): string {
  const { name, protocol_version: version, instructions, tools, prompts, resources } = found
  return [
    `${name}  ${state}  ${version}`,
    ...(instructions === null ? [] : ['', instructions]),
    ...list(
      'Tools',
      tools.map((tool) => line(tool.name, tool.description)),
    ),
    ...list(
      'Prompts',
      prompts.map((prompt) => line(prompt.name, prompt.description)),
    ),
    ...list(
      'Resources',
      resources.map(({ uri, title }) => line(uri, title)),
    ),
  ].join('\n')
}

function list(title: string, lines: readonly string[]): readonly string[] {
  return lines.length > 0 ? ['', `${title}:`, ...lines] : []
}

/** What a server says of itself may be long, or hold what moves the cursor of a terminal. */
function line(name: string, description = ''): string {
  const [first = ''] = description.split('\n')
  return plain(`  ${name}${first === '' ? '' : `  ${first}`}`)
}

function plain(text: string): string {
  return text.replaceAll(/[^\P{C}\n\t]/gu, '')
}

function said({ content, structuredContent }: ToolAnswer): string {
  const texts = content.map((part) =>
    part.type === 'text' ? plain(part.text) : `[${part.type}: use --json to see it]`,
  )
  if (texts.length > 0) return texts.join('\n')
  return structuredContent === undefined ? '(nothing)' : JSON.stringify(structuredContent, null, 2)
}
