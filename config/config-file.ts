import { existsSync } from 'node:fs'
import { relative, resolve } from 'node:path'

import { ConfigError } from './config-error.ts'

export type Environment = Readonly<Record<string, string | undefined>>

const DEFAULT_FILE = 'gateway.config.ts'

/** The path of the config: what `--config` says, or `TAPGATE_CONFIG`, or `gateway.config.ts` here. */
export function findConfigFile(asked: string | undefined, environment: Environment): string {
  const named = environment['TAPGATE_CONFIG']
  const [wanted, source] =
    asked !== undefined
      ? [asked, '--config names it.']
      : named
        ? [named, 'TAPGATE_CONFIG names it.']
        : [DEFAULT_FILE, 'Go where it is, or name another file with --config or TAPGATE_CONFIG.']
  const file = resolve(wanted)
  if (existsSync(file)) return file
  throw new ConfigError('There is no config file.', [`${file} does not exist. ${source}`])
}

/** A path as a person in the working directory would write it. */
export function shownPath(file: string): string {
  const path = relative(process.cwd(), file)
  return path.startsWith('..') ? file : path
}
