import type { Logger } from '#core'

const MAX_LINE_LETTERS = 1_000
const MAX_LINES_A_MINUTE = 60
/** Shorter values of the environment are switches, not secrets. */
const SECRET_LETTERS = 6
const TOKENS = /\b(?:sk|pk|rk|ghp|gho|xox[abp]|tvly|AKIA)[-_A-Za-z0-9]{8,}|(?<=bearer\s)[^\s"']+/gi

/**
 * Logs what a process writes to its standard error, line by line: bounded, and without the values of
 * its environment or what looks like a key.
 */
export function createErrorOutput(
  log: Logger,
  env: Readonly<Record<string, string>>,
): (text: string) => void {
  const secrets = Object.values(env).filter((value) => value.length >= SECRET_LETTERS)
  let rest = ''
  let minute = 0
  let count = 0

  function write(line: string): void {
    if (line.trim() === '') return
    const now = Math.floor(Date.now() / 60_000)
    if (now !== minute) count = 0
    minute = now
    count += 1
    if (count > MAX_LINES_A_MINUTE) return
    let shown = line.slice(0, MAX_LINE_LETTERS)
    for (const secret of secrets) shown = shown.replaceAll(secret, '[secret]')
    log.info('An MCP server wrote to its standard error.', {
      line: shown.replaceAll(TOKENS, '[secret]'),
    })
    if (count === MAX_LINES_A_MINUTE) log.info('More of it is not logged for a minute.')
  }

  return (text) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    if (rest.length > MAX_LINE_LETTERS) rest = rest.slice(0, MAX_LINE_LETTERS)
    for (const line of lines) write(line)
  }
}
