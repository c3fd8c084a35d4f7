import { createHash } from 'node:crypto'

/** A tool of a server, before the model knows it by a name. */
interface ServerTool {
  readonly server: string
  readonly tool: string
}

/** As long as OpenAI and Anthropic take it. */
const LONGEST_NAME = 64
const HASH_LETTERS = 8

/**
 * A name for each tool, by which models call it: its own, or where several servers have one of that
 * name `server__tool`. Each differs from all others, and is made of letters that providers take.
 */
export function nameTools(tools: readonly ServerTool[]): readonly string[] {
  const counts = new Map<string, number>()
  for (const { tool } of tools) counts.set(plain(tool), (counts.get(plain(tool)) ?? 0) + 1)
  const taken = new Set<string>()
  return tools.map(({ server, tool }, index) => {
    const own = plain(tool)
    const wanted = counts.get(own) === 1 ? tool : `${server}__${tool}`
    let name = fitting(wanted, wanted)
    while (taken.has(name)) name = fitting(wanted, `${wanted}/${index}/${name}`)
    taken.add(name)
    return name
  })
}

/** The name itself, or with a hash at its end where it is too long or stands for something else. */
function fitting(name: string, hashed: string): string {
  const own = plain(name)
  if (own.length <= LONGEST_NAME && hashed === name) return own
  const hash = createHash('sha256').update(hashed).digest('hex').slice(0, HASH_LETTERS)
  return `${own.slice(0, LONGEST_NAME - HASH_LETTERS - 1)}_${hash}`
}

function plain(name: string): string {
  const letters = name.replaceAll(/[^\w-]/g, '_')
  return letters === '' ? '_' : letters
}
