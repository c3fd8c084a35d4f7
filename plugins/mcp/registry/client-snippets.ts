/** The programs that "tapgate mcp connect" knows. */
export const CLIENTS = ['claude-code', 'cursor', 'vscode', 'inspector'] as const

export type Client = (typeof CLIENTS)[number]

/** What a person puts where, so that a program uses the gateway's servers. */
export interface Snippet {
  readonly client: Client
  /** What to do with it. */
  readonly instruction: string
  readonly language: 'sh' | 'json'
  readonly text: string
}

/** Where the servers of the gateway are, and what the program is to call them. */
export interface Place {
  readonly url: string
  readonly name: string
}

/** The key is never in a snippet: each names the place where its program takes it from. */
export function snippetFor(client: Client, { url, name }: Place): Snippet {
  switch (client) {
    case 'claude-code':
      return {
        client,
        instruction: 'Run this in a shell where TAPGATE_KEY is set:',
        language: 'sh',
        text: `claude mcp add --transport http ${name} ${url} --header "Authorization: Bearer $TAPGATE_KEY"`,
      }
    case 'cursor':
      return {
        client,
        instruction: 'Put this into .cursor/mcp.json, and start Cursor where TAPGATE_KEY is set:',
        language: 'json',
        text: json({
          mcpServers: {
            [name]: { url, headers: { Authorization: `Bearer \${env:TAPGATE_KEY}` } },
          },
        }),
      }
    case 'vscode':
      return {
        client,
        instruction: 'Put this into .vscode/mcp.json; VS Code asks for the key:',
        language: 'json',
        text: json({
          inputs: [
            {
              type: 'promptString',
              id: 'tapgate-key',
              description: 'The key of the gateway',
              password: true,
            },
          ],
          servers: {
            [name]: {
              type: 'http',
              url,
              headers: { Authorization: `Bearer \${input:tapgate-key}` },
            },
          },
        }),
      }
    case 'inspector':
      return {
        client,
        instruction: 'Run this in a shell where TAPGATE_KEY is set:',
        language: 'sh',
        text: `npx @modelcontextprotocol/inspector --cli ${url} --transport http --method tools/list --header "Authorization: Bearer $TAPGATE_KEY"`,
      }
  }
}

function json(value: object): string {
  return JSON.stringify(value, null, 2)
}
