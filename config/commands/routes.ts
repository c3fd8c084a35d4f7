import { INFERENCE_ROUTES } from '../../core/routes/inference-routes.ts'
import { assemble } from '../assemble.ts'
import type { CommandResult } from '../command-result.ts'
import { table } from '../table.ts'

/** Lists what can be called over HTTP, by whom, and which plugin answers. */
export async function routes(configFile: string | undefined): Promise<CommandResult> {
  const { gateway } = await assemble(configFile, 'attach')
  const inference = INFERENCE_ROUTES.map((route) => ({ ...route, plugin: 'core' }))
  const listed = [...inference, ...gateway.routes]
    .map(({ method, path, access, plugin, summary }) => ({ method, path, access, plugin, summary }))
    .toSorted((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))
  const rows = listed.map((route) => Object.values(route))
  return { text: table([['METHOD', 'PATH', 'ACCESS', 'PLUGIN', ''], ...rows]), json: listed }
}
