import { SetupError, type Command, type CommandInput, type Services } from '#core'

import { asSetupError, personAt, PROJECT } from './person.ts'
import { readServerBody } from './server-body.ts'
import type { ServerEditor } from './server-editor.ts'

/** `tapgate mcp add` and `remove`: the servers that a project keeps. */
export function changeCommands(editor: ServerEditor, services: Services): readonly Command[] {
  return [
    {
      name: 'mcp add',
      startsPlugins: true,
      summary: 'Add an MCP server to a project',
      arguments: [
        { name: 'name', description: 'what it is to be called', isRequired: true },
        { name: 'url', description: 'its address', isRequired: true },
      ],
      options: [
        { flags: '--type <type>', description: 'http or sse', default: 'http' },
        { flags: '--header <header...>', description: 'sent to it, as "Name: value"' },
        { flags: '--description <text>', description: 'what it is for' },
        PROJECT,
      ],
      examples: [
        'tapgate mcp add github https://api.githubcopilot.com/mcp/ --header "Authorization: Bearer $GITHUB_TOKEN"',
        'tapgate mcp add docs https://mcp.example.com/sse --type sse',
      ],
      async run({ arguments: [name = '', url = ''], options }) {
        const caller = await personAt(options, services)
        const { type, description } = options
        const headers = readHeaders(options['header'])
        const added = async (): Promise<void> => {
          const body = { name, url, type, headers, ...(description ? { description } : {}) }
          await editor.create(name, readServerBody(body).stored, caller)
        }
        await added().catch(asSetupError('See "tapgate mcp add --help".'))
        const text = `"${name}" is added; running gateways know it within seconds. Try it: "tapgate mcp inspect ${name}".`
        return { text, json: { name, type, url } }
      },
    },
    {
      name: 'mcp remove',
      startsPlugins: true,
      summary: 'Take an MCP server of a project away',
      arguments: [{ name: 'name', description: 'the name of the server', isRequired: true }],
      options: [PROJECT],
      examples: ['tapgate mcp remove github'],
      async run({ arguments: [name = ''], options }) {
        const caller = await personAt(options, services)
        await editor.remove(name, caller).catch(asSetupError('See "tapgate mcp list".'))
        return { text: `"${name}" is taken away.`, json: { name, removed: true } }
      },
    },
  ]
}

function readHeaders(given: CommandInput['options'][string]): Readonly<Record<string, string>> {
  const lines = Array.isArray(given) ? given : []
  return Object.fromEntries(
    lines.map((line: string) => {
      const [name = '', ...value] = line.split(':')
      if (value.length > 0) return [name.trim(), value.join(':').trim()]
      const hint = 'Write it as "Authorization: Bearer …".'
      throw new SetupError('invalid_option', `The header "${name}" has no value.`, hint)
    }),
  )
}
