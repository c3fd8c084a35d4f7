import type { PluginEntry, Provider } from '#core'

import { checkOptions } from '../../core/options.ts'

/** The provider a plugin gives, with its options checked and an environment of the test's own. */
export function configuredProvider(
  entry: PluginEntry,
  environment: Readonly<Record<string, string>> = {},
): Provider {
  const { options, problems } = checkOptions(entry)
  if (problems.length > 0) {
    throw new Error(problems.map(({ path, message }) => `${path} ${message}`).join('; '))
  }
  const host = { options, environment }
  const [provider] = entry.plugin.setup(host as never).providers ?? []
  if (!provider) throw new Error(`The plugin "${entry.plugin.name}" gives no provider.`)
  return provider
}
