import { type Command, type CommandInput, type Environment, SetupError } from '#core'

import { CLIENTS, type Client, snippetFor } from './client-snippets.ts'

const EVERYTHING = 'tapgate'

/** `tapgate mcp connect`: how a program uses the servers of this gateway. */
export function connectCommand(environment: Environment): Command {
  return {
    name: 'mcp connect',
    summary: 'Print what makes a program use the MCP servers of this gateway',
    arguments: [
      { name: 'client', description: CLIENTS.join(', '), isRequired: true },
      { name: 'server', description: 'one server; all of them together when left out' },
    ],
    options: [
      {
        flags: '--url <url>',
        description: 'where the program reaches the gateway; PUBLIC_URL when left out',
      },
    ],
    examples: [
      'tapgate mcp connect claude-code',
      'tapgate mcp connect cursor github --url https://tapgate.example.com',
    ],
    run({ arguments: [client = '', server], options }) {
      const gateway = readUrl(options['url'], environment)
      const path = server === undefined ? '/mcp' : `/mcp/${encodeURIComponent(server)}`
      const place = { url: `${gateway}${path}`, name: server ?? EVERYTHING }
      const snippet = snippetFor(readClient(client), place)
      return { text: `${snippet.instruction}\n\n${snippet.text}`, json: snippet }
    },
  }
}

function readClient(text: string): Client {
  const client = CLIENTS.find((one) => one === text)
  if (client) return client
  const hint = `There are: ${CLIENTS.join(', ')}.`
  throw new SetupError('invalid_argument', `There is no snippet for "${text}".`, hint)
}

function readUrl(given: CommandInput['options'][string], environment: Environment): string {
  const { PUBLIC_URL: known, HOST: host = '127.0.0.1', PORT: port } = environment
  const url = typeof given === 'string' ? given : known
  if (!url) {
    // Who listens on all addresses is reached by none of that name.
    return `http://${host === '0.0.0.0' || host === '' ? '127.0.0.1' : host}:${port || '8787'}`
  }
  if (/^https?:$/.test(URL.parse(url)?.protocol ?? '')) return url.replace(/\/+$/, '')
  const hint = 'It looks like https://tapgate.example.com.'
  throw new SetupError('invalid_option', `"${url}" is no address of a gateway.`, hint)
}
