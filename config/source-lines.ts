import { readFileSync } from 'node:fs'

/** Finds where in a config file an option is written. A help for the eye: it may not know. */
export interface LineFinder {
  /** ` (line 12)` for an option of a plugin, or nothing. */
  of(plugin: string, path: string): string
}

export function createLineFinder(file: string): LineFinder {
  const lines = readFileSync(file, 'utf8').split('\n')
  return {
    of(plugin, path) {
      const call = new RegExp(`\\b${RegExp.escape(toCamelCase(plugin))}\\s*\\(`)
      const start = lines.findIndex((line) => call.test(line) && !line.includes('import'))
      if (start === -1) return ''
      const option = path.split(/[.[]/).findLast((part) => part !== '' && !/^\d+\]?$/.test(part))
      const key = new RegExp(`\\b${RegExp.escape(option ?? '')}\\b`)
      const offset =
        option === undefined ? 0 : lines.slice(start).findIndex((line) => key.test(line))
      return ` (line ${start + Math.max(0, offset) + 1})`
    },
  }
}

function toCamelCase(name: string): string {
  return name.replaceAll(/-(\w)/g, (_match, letter: string) => letter.toUpperCase())
}
