import { readFile } from 'node:fs/promises'
import { stripTypeScriptTypes } from 'node:module'
import { extname } from 'node:path'

import { GatewayError, type ModelDirectory } from '#core'

import { readCandidate, type Candidate } from './candidate.ts'

/**
 * A candidate as the command line names it: a `.json` file with a router, a `.ts` or `.js` file with
 * a router script, or the name of a virtual model. Throws a GatewayError that names the file.
 */
export async function openCandidate(
  name: string,
  models: ModelDirectory,
  projectId: string,
): Promise<Candidate> {
  const extension = extname(name)
  if (extension === '.json') {
    const router = await readJsonFile(name)
    if (typeof router === 'string') throw wrongFile(name, 'must hold a router, not a text')
    return { ...readCandidate(router, models, projectId), name }
  }
  if (SCRIPTS.includes(extension)) {
    const script = withoutTypes(name, await readText(name))
    return { name, fields: { router: { type: 'script', script } } }
  }
  return readCandidate(name, models, projectId)
}

const SCRIPTS = ['.ts', '.mts', '.js', '.mjs']

/** JSON of a file, or of the standard input for `-`. Throws a GatewayError with the place of a mistake. */
export async function readJsonFile(path: string): Promise<unknown> {
  const text = await readText(path)
  try {
    return JSON.parse(text) as unknown
  } catch (error) {
    throw wrongFile(path, `is not valid JSON: ${placeInJson(text, error)}`)
  }
}

async function readText(path: string): Promise<string> {
  try {
    if (path !== '-') return await readFile(path, 'utf8')
    const pieces: Buffer[] = []
    for await (const piece of process.stdin) pieces.push(piece as Buffer)
    return Buffer.concat(pieces).toString()
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    const because = error instanceof Error ? error.message : String(error)
    throw wrongFile(path, isMissing ? 'does not exist' : `can not be read: ${because}`)
  }
}

/** Types are blanked out, so that a fault of the script's lies at the line where its author sees it. */
function withoutTypes(path: string, source: string): string {
  if (extname(path).startsWith('.j') || extname(path) === '.mjs') return source
  try {
    return withoutWarning(() => stripTypeScriptTypes(source))
  } catch (error) {
    const [because = ''] = String(error instanceof Error ? error.message : error).split('\n')
    throw wrongFile(path, `is not valid TypeScript: ${because.trim()}`)
  }
}

/** Node says that the function may change some day, which is nothing to an operator. */
function withoutWarning<T>(work: () => T): T {
  const emitWarning = process.emitWarning.bind(process)
  process.emitWarning = () => {}
  try {
    return work()
  } finally {
    process.emitWarning = emitWarning
  }
}

/** What V8 says, with the line and the column where it says a position. */
function placeInJson(text: string, error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  const [said = ''] = message.split(/ \(line \d+| in JSON at position/)
  const position = /position (\d+)/.exec(message)?.[1]
  const at = position === undefined ? text.length : Number(position)
  const before = text.slice(0, at).split('\n')
  return `${said.split(', "')[0] ?? said} at line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`
}

function wrongFile(path: string, message: string): GatewayError {
  const name = path === '-' ? 'The standard input' : `The file "${path}"`
  return new GatewayError('invalid_parameter', `${name} ${message}.`)
}
