import { readFileSync } from 'node:fs'

import { checkOptions } from '../core/options.ts'
import type { Plugin, PluginEntry } from '../core/plugin.ts'
import type { Problem } from '../core/schema.ts'
import { ConfigError } from './config-error.ts'
import { findConfigFile, shownPath, type Environment } from './config-file.ts'
import type { Config } from './define-config.ts'
import { missingVariables } from './env.ts'
import { importConfig } from './import-config.ts'
import { checkFields } from './settings-schema.ts'
import { readSettings, type Settings } from './settings.ts'
import { readSourceLines, type SourceLines } from './source-lines.ts'

/** A config file, checked but for its plugins. */
export interface LoadedConfig {
  /** Absolute. */
  readonly file: string
  readonly settings: Settings
  /** Every mistake outside the plugins, each a sentence. */
  readonly problems: readonly string[]
  readonly pluginCount: number
  /** Checks the options of the plugins, which takes its time: there are many. */
  checkPlugins(): CheckedPlugins
}

/** The plugins of a config file, checked as far as that goes without putting them together. */
export interface CheckedPlugins {
  /** Those that can be used. */
  readonly usable: readonly { readonly plugin: Plugin<never>; readonly options: unknown }[]
  /** Every mistake in the others, each a sentence. */
  readonly problems: readonly string[]
}

/** Imports a config file and checks it. Throws a ConfigError when it is not a config at all. */
export async function loadConfig(
  asked: string | undefined,
  environment: Environment,
): Promise<LoadedConfig> {
  const file = findConfigFile(asked, environment)
  const exported = await importConfig(file)
  if (!isObject(exported)) {
    throw new ConfigError(`${shownPath(file)} is not a config.`, [
      'Its default export must be "defineConfig({ … })".',
    ])
  }
  const { plugins: entries, ...fields } = exported
  const list: readonly unknown[] = Array.isArray(entries) ? entries : []
  const lines = readSourceLines(readFileSync(file, 'utf8'), list.length)

  const ofFields = checkTop(exported, fields, lines)
  const { settings, problems: ofEnvironment } = readSettings(
    ofFields.length === 0 ? (fields as Omit<Config, 'plugins'>) : {},
    environment,
  )
  return {
    file,
    settings,
    problems: [...ofFields, ...ofEnvironment],
    pluginCount: list.length,
    checkPlugins() {
      const checked = list.map((entry, index) => checkEntry(entry, index, lines))
      return {
        usable: checked.flatMap(({ usable }) => usable),
        problems: checked.flatMap(({ problems }) => problems),
      }
    },
  }
}

/** What is wrong with the fields, the plugins' own options aside. */
function checkTop(
  config: Readonly<Record<string, unknown>>,
  fields: Readonly<Record<string, unknown>>,
  lines: SourceLines,
): readonly string[] {
  return problemsOf(fields, checkFields(config)).map(({ path, message }) =>
    sentence(`${path} ${message}`, lines.ofField(path)),
  )
}

/** Gives the plugin with its options complete, when nothing is wrong with it. */
function checkEntry(entry: unknown, index: number, lines: SourceLines): CheckedPlugins {
  const place = `plugins[${index}]`
  if (!isEntry(entry)) {
    const advice =
      typeof entry === 'function'
        ? 'is a function: call it, as in "openai()"'
        : 'is not a plugin: it must be what a plugin\'s function returns, as in "openai()"'
    return { problems: [sentence(`${place} ${advice}`, lines.ofPlugin(index, ''))], usable: [] }
  }
  const { plugin } = entry
  const { options, problems: wrong } = checkOptions(entry)
  const title = `${place} (${plugin.name})`
  const problems = problemsOf(entry.options, wrong).map(({ path, message }) =>
    sentence(`${path === '' ? title : `${title}.${path}`} ${message}`, lines.ofPlugin(index, path)),
  )
  return { problems, usable: problems.length === 0 ? [{ plugin, options }] : [] }
}

type Finding = Pick<Problem, 'path' | 'message'>

/** A missing variable is named, and not what the value lacks without it. */
function problemsOf(value: unknown, problems: readonly Problem[]): readonly Finding[] {
  const missing = missingVariables(value)
  const paths = new Set(missing.map(({ path }) => path))
  return [
    ...missing.map(({ path, name }) => ({
      path,
      message: `wants the environment variable ${name}, which is not set`,
    })),
    ...problems.filter(({ path, message }) => !paths.has(path) || !message.startsWith('must ')),
  ]
}

function sentence(text: string, line: number | undefined): string {
  const place = line === undefined ? '' : ` (line ${line})`
  return text.endsWith('?') ? `${text}${place}` : `${text}${place}.`
}

function isEntry(entry: unknown): entry is PluginEntry {
  if (!isObject(entry)) return false
  const { plugin } = entry
  return isObject(plugin) && 'setup' in plugin && 'schema' in plugin
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
