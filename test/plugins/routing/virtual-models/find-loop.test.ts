import fastCheck from 'fast-check'
import { expect, it } from 'vitest'

import { findLoop } from '../../../../plugins/routing/virtual-models/find-loop.ts'

it('finds a loop if and only if there is one', () => {
  const name = fastCheck.constantFrom('a', 'b', 'c', 'd', 'e')
  const references = fastCheck
    .dictionary(name, fastCheck.array(name, { maxLength: 3 }))
    .map((lists) => new Map<string, readonly string[]>(Object.entries(lists)))
  fastCheck.assert(
    fastCheck.property(references, (lists) => {
      const loop = findLoop(lists.keys(), (from) => lists.get(from) ?? [])
      const isWay = loop?.every(
        (step, index) => index === 0 || lists.get(loop[index - 1] ?? '')?.includes(step),
      )
      expect(loop === undefined || (isWay && loop[0] === loop.at(-1))).toBe(true)
      expect(loop === undefined).toBe(isLoopless(lists))
    }),
  )
})

/** Takes away names that stand for nothing listed until none is left, or none can be taken. */
function isLoopless(lists: ReadonlyMap<string, readonly string[]>): boolean {
  const left = new Map(lists)
  for (;;) {
    const leaf = [...left].find(([, names]) => !names.some((name) => left.has(name)))
    if (!leaf) return left.size === 0
    left.delete(leaf[0])
  }
}
