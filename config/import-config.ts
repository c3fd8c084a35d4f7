import { readdirSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { basename, dirname, relative } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

import { didYouMean } from '../core/nearest.ts'
import { ConfigError } from './config-error.ts'
import { shownPath } from './config-file.ts'

const installation = new URL('../', import.meta.url)

/** The default export of a config file. Throws a ConfigError that shows where it went wrong. */
export async function importConfig(file: string): Promise<unknown> {
  const url = pathToFileURL(file).href
  if (!url.startsWith(installation.href)) lendImports()
  try {
    const module: object = await import(url)
    if ('default' in module) return module.default
  } catch (cause) {
    const problem = describe(cause, file)
    throw new ConfigError(`${shownPath(file)} cannot be loaded.`, [problem], { cause })
  }
  throw new ConfigError(`${shownPath(file)} is not a config.`, [
    'It has no default export: write "export default defineConfig({ … })".',
  ])
}

/** Lets a config file that lies elsewhere import `#config` and `#plugins/…` too. */
function lendImports(): void {
  registerHooks({
    resolve(specifier, context, resolveNext) {
      try {
        return resolveNext(specifier, context)
      } catch (error) {
        if (codeOf(error) !== 'ERR_PACKAGE_IMPORT_NOT_DEFINED') throw error
        return resolveNext(specifier, { ...context, parentURL: import.meta.url })
      }
    },
  })
}

function describe(fault: unknown, file: string): string {
  if (!(fault instanceof Error)) return String(fault)
  const stack = fault.stack ?? ''
  const missing = /^Cannot find module '(.+?)'/.exec(fault.message)?.[1]
  if (missing !== undefined) return describeMissing(missing)
  const frame = /^(?:file:\/\/)?(\/.+):(\d+)\n([^]+?)\n\n?\w*Error/.exec(stack)
  if (frame) return `${shownPath(frame[1] ?? '')}:${frame[2]}: ${fault.message}\n\n${frame[3]}`
  const line = new RegExp(`${RegExp.escape(pathToFileURL(file).href)}:(\\d+)`).exec(stack)?.[1]
  return line === undefined ? fault.message : `${shownPath(file)}:${line}: ${fault.message}`
}

function describeMissing(path: string): string {
  const name = basename(path)
  const folder = dirname(path)
  const nearest = didYouMean(name, filesIn(folder))
  return `It imports ${relative(fileURLToPath(installation), path)}, which does not exist${nearest}`
}

function filesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith('.ts'))
  } catch {
    return []
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
