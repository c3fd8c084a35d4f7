import { existsSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

import { checkOptions } from '../core/options.ts'
import type { Plugin, PluginEntry } from '../core/plugin.ts'
import { ConfigError } from './config-error.ts'
import type { Config } from './define-config.ts'
import { resolveEnv, type MissingVariable } from './env.ts'
import { checkConfig, readSettings, type Settings } from './settings.ts'
import { createLineFinder, type LineFinder } from './source-lines.ts'

type Environment = Readonly<Record<string, string | undefined>>

export interface LoadedConfig {
  /** Absolute. */
  readonly file: string
  readonly settings: Settings
  readonly plugins: readonly { readonly plugin: Plugin<never>; readonly options: unknown }[]
}

const DEFAULT_FILE = 'gateway.config.ts'

/** The config file: what was asked for, `TAPGATE_CONFIG`, or `gateway.config.ts` here. */
export function findConfigFile(asked: string | undefined, environment: Environment): string {
  const wanted = asked ?? (environment['TAPGATE_CONFIG'] || DEFAULT_FILE)
  const file = resolve(wanted)
  if (existsSync(file)) return file
  const how = asked
    ? '--config names'
    : environment['TAPGATE_CONFIG']
      ? 'TAPGATE_CONFIG names'
      : 'this folder has'
  const problem = `There is no such file, and ${how} no other. Set TAPGATE_CONFIG or give --config.`
  throw new ConfigError(shown(file), [problem])
}

/** Imports a config file and checks all of it. Throws a ConfigError with every mistake at once. */
export async function loadConfig(
  asked: string | undefined,
  environment: Environment,
): Promise<LoadedConfig> {
  const file = findConfigFile(asked, environment)
  const exported = await importConfig(file)
  const lines = createLineFinder(file)
  if (typeof exported !== 'object' || exported === null) {
    throw new ConfigError(shown(file), [
      'It must have a default export: export default defineConfig({ … }).',
    ])
  }
  const { plugins: entries, ...fields } = exported as Config
  const missing: MissingVariable[] = []
  const resolved = resolveEnv(fields, environment, missing) as Omit<Config, 'plugins'>
  const problems = [
    ...missing.map(({ path, name }) => wants(path, name)),
    ...checkConfig({ ...resolved, ...('plugins' in exported && { plugins: entries }) }),
  ]
  const settings = readSettings(problems.length === 0 ? resolved : {}, environment, problems)
  const plugins = (Array.isArray(entries) ? (entries as readonly unknown[]) : []).flatMap(
    (entry, index) => checkEntry(entry, index, environment, { problems, lines }),
  )
  if (problems.length > 0) throw new ConfigError(shown(file), problems)
  return { file, settings, plugins }
}

interface Findings {
  readonly problems: string[]
  readonly lines: LineFinder
}

/** One plugin with its options complete; what is wrong with it goes to the findings. */
function checkEntry(
  entry: unknown,
  index: number,
  environment: Environment,
  { problems, lines }: Findings,
): LoadedConfig['plugins'] {
  const place = `plugins[${index}]`
  if (typeof entry === 'function') {
    problems.push(`${place} is a function: call it, as in "keywords({ … })".`)
    return []
  }
  if (!isEntry(entry)) {
    problems.push(`${place} is not a plugin: write what a plugin's function returns.`)
    return []
  }
  const { plugin } = entry
  const name = `${place} (${plugin.name})`
  const missing: MissingVariable[] = []
  const resolved = resolveEnv(entry.options, environment, missing)
  for (const { path, name: variable } of missing) problems.push(wants(`${name}.${path}`, variable))
  const { options, problems: wrong } = checkOptions({ plugin, options: resolved })
  for (const { path, message } of wrong) {
    const line = lines.of(plugin.name, path)
    problems.push(`${path === '' ? name : `${name}.${path}`} ${message}.${line}`)
  }
  return [{ plugin, options }]
}

function isEntry(entry: unknown): entry is PluginEntry {
  if (typeof entry !== 'object' || entry === null || !('plugin' in entry)) return false
  const { plugin } = entry
  return typeof plugin === 'object' && plugin !== null && 'setup' in plugin && 'schema' in plugin
}

function wants(option: string, variable: string): string {
  return `${option} wants the environment variable ${variable}, which is not set.`
}

async function importConfig(file: string): Promise<unknown> {
  try {
    const module = (await import(pathToFileURL(file).href)) as { default?: unknown }
    return module.default
  } catch (cause) {
    throw new ConfigError(shown(file), [describeImportFault(cause, file)], { cause })
  }
}

/** The compiler's own words with the line, without its stack. */
function describeImportFault(fault: unknown, file: string): string {
  if (!(fault instanceof Error)) return `It could not be loaded: ${String(fault)}`
  const stack = fault.stack ?? ''
  const url = pathToFileURL(file).href
  const frame = stack.split('\n    at ', 1)[0] ?? ''
  const place =
    new RegExp(`${RegExp.escape(url)}:(\\d+)`).exec(stack) ??
    new RegExp(`${RegExp.escape(file)}:(\\d+)`).exec(stack)
  const line = place ? ` (line ${place[1]})` : ''
  const isSyntax = fault instanceof SyntaxError && frame.includes('\n')
  return isSyntax
    ? `It can not be read${line}:\n${frame}`
    : `It could not be loaded${line}: ${fault.message}`
}

function shown(file: string): string {
  const path = relative(process.cwd(), file)
  return path.startsWith('..') ? file : path
}
