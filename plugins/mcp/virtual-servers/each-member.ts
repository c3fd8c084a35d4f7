import type { Logger, McpLink } from '#core'

import type { Members } from './members.ts'

/**
 * Asks the servers behind, all at once, and gives what each answered by its name. One that fails is
 * left out; when all of them fail the first fault is thrown.
 */
export async function eachMember<Answer>(
  names: Iterable<string>,
  members: Members,
  log: Logger,
  ask: (link: McpLink) => Promise<Answer>,
): Promise<ReadonlyMap<string, Answer>> {
  const answers = new Map<string, Answer>()
  const faults: unknown[] = []
  const asked = new Set(names)
  await Promise.all(
    [...asked].map(async (server) => {
      try {
        answers.set(server, await ask(await members.link(server)))
      } catch (error) {
        faults.push(error)
        const because = error instanceof Error ? error.message : String(error)
        log.debug('A server behind a virtual server does not answer.', { server, because })
      }
    }),
  )
  if (asked.size > 0 && faults.length === asked.size) throw faults[0]
  return answers
}
