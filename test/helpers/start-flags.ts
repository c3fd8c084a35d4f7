import { readFileSync } from 'node:fs'

/** The flags that `npm start` gives to Node, so that what is measured is what is used. */
export const startFlags: readonly string[] = readStartFlags()

function readStartFlags(): readonly string[] {
  const file = new URL('../../package.json', import.meta.url)
  const { scripts } = JSON.parse(readFileSync(file, 'utf8')) as { scripts: { start: string } }
  const flags = scripts.start.split(' ').filter((word) => word.startsWith('--'))
  if (flags.length === 0) throw new Error('`npm start` gives no flags to Node.')
  return flags
}
