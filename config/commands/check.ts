import { isOn } from '../../core/models.ts'
import { assemble } from '../assemble.ts'
import type { CommandResult } from '../command-result.ts'
import { shownPath } from '../config-file.ts'

/** Says what the config comes to. Throws a ConfigError with every mistake. Opens nothing. */
export async function check(configFile: string | undefined): Promise<CommandResult> {
  const { config, gateway } = await assemble(configFile, 'attach')
  const counts = {
    plugins: config.pluginCount,
    providers: gateway.providers.length,
    providersOn: gateway.providers.filter(isOn).length,
    models: gateway.models.list().length,
  }
  const { plugins, providers, providersOn, models } = counts
  return {
    text:
      `${shownPath(config.file)} is fine: ${plugins} plugins, ` +
      `${providers} providers (${providersOn} on), ${models} models.`,
    json: { ok: true, file: config.file, ...counts },
  }
}
