import type { Route } from '../../core/route.ts'
import { assemble } from '../assemble.ts'
import type { CommandResult } from '../command-result.ts'
import { table } from '../table.ts'

type ListedRoute = Omit<Route, 'handle'> & { readonly plugin: string }

/** What the server itself serves, ahead of all routes. */
const INFERENCE: readonly ListedRoute[] = [
  inference('/v1/chat/completions', 'A model goes on with a conversation.'),
  inference('/v1/completions', 'A model goes on with a text.'),
  inference('/v1/embeddings', 'A model makes vectors of texts.'),
]

/** Lists what can be called over HTTP, by whom, and which plugin answers. */
export async function routes(configFile: string | undefined): Promise<CommandResult> {
  const { gateway } = await assemble(configFile, 'attach')
  const listed = [...INFERENCE, ...gateway.routes]
    .map(({ method, path, access, plugin, summary }) => ({ method, path, access, plugin, summary }))
    .toSorted((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))
  const rows = listed.map((route) => Object.values(route))
  return { text: table([['METHOD', 'PATH', 'ACCESS', 'PLUGIN', ''], ...rows]), json: listed }
}

function inference(path: Route['path'], summary: string): ListedRoute {
  return { method: 'POST', path, access: 'write', plugin: 'core', summary }
}
