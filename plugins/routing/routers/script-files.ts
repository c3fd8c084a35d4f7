import { readdirSync, readFileSync } from 'node:fs'
import { dirname, extname, parse, relative, resolve } from 'node:path'

import { toScriptSource } from './script-source.ts'

/** A folder, all of whose scripts go by their file's name, or files by the names that they go by. */
export type WrittenFiles = string | Readonly<Record<string, string>>

/** The script files of a config, as they are now. */
export interface ScriptFiles {
  /** What each is for a sandbox, by name. */
  readonly sources: ReadonlyMap<string, string>
  /** What is wrong with the others: `scripts/cheapest.ts:3:7 Unexpected token ';'`, by name. */
  readonly problems: ReadonlyMap<string, string>
  /** The folders in which a change may show. */
  readonly folders: readonly string[]
}

const EXTENSIONS = ['.ts', '.mts', '.js', '.mjs']
const NAME = /^[\w.-]{1,64}$/

/** Reads the script files. Relative paths begin at the folder of the config file. */
export function readScriptFiles(
  written: WrittenFiles,
  configFolder: string,
  longestBytes: number,
): ScriptFiles {
  const sources = new Map<string, string>()
  const problems = new Map<string, string>()
  const { paths, folders } = findFiles(written, configFolder, problems)
  for (const [name, path] of paths) {
    const shown = relative(configFolder, path)
    if (!NAME.test(name)) {
      problems.set(
        name,
        `${shown} can not go by the name "${name}": letters, digits, ".", "-", "_".`,
      )
      continue
    }
    const read = readScript(path, longestBytes)
    if (read.ok) sources.set(name, read.source)
    else {
      const place = [shown, read.line, read.column].filter((part) => part !== undefined).join(':')
      problems.set(name, `${place} ${read.message}`)
    }
  }
  return { sources, problems, folders }
}

type Paths = ReadonlyMap<string, string>

function findFiles(
  written: WrittenFiles,
  configFolder: string,
  problems: Map<string, string>,
): { paths: Paths; folders: readonly string[] } {
  if (typeof written === 'object') {
    const entries = Object.entries(written)
    const paths = new Map(entries.map(([name, path]) => [name, resolve(configFolder, path)]))
    return { paths, folders: [...new Set([...paths.values()].map((path) => dirname(path)))] }
  }
  const folder = resolve(configFolder, written)
  try {
    const names = readdirSync(folder)
      .filter((name) => EXTENSIONS.includes(extname(name)) && !name.includes('.d.'))
      .toSorted()
    const paths = new Map(names.map((name) => [parse(name).name, resolve(folder, name)]))
    return { paths, folders: [folder] }
  } catch (error) {
    problems.set(written, `${written} can not be read as a folder: ${reasonOf(error)}.`)
    return { paths: new Map(), folders: [folder] }
  }
}

function readScript(path: string, longestBytes: number): ReturnType<typeof toScriptSource> {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    return { ok: false, message: `can not be read: ${reasonOf(error)}.` }
  }
  if (Buffer.byteLength(text) > longestBytes) {
    return { ok: false, message: `is longer than ${longestBytes} bytes.` }
  }
  return toScriptSource(text, /\.m?ts$/.test(path))
}

function reasonOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}
