import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { pageOfList } from '../../../../plugins/mcp/endpoint/page-of-list.ts'
import { qualify, unqualify } from '../../../../plugins/mcp/endpoint/qualified-name.ts'

const serverName = fc.stringMatching(/^[a-z0-9]+(?:[-_][a-z0-9]+)*$/)

describe('The name of a tool among many servers', () => {
  it('leads back to its server and its own name, whatever that is', () => {
    fc.assert(
      fc.property(serverName, fc.string(), (server, name) => {
        expect(unqualify(qualify(server, name))).toEqual({ server, name })
      }),
    )
  })

  it('is of no two tools', () => {
    const tool = fc.record({ server: serverName, name: fc.string() })
    fc.assert(
      fc.property(tool, tool, (one, other) => {
        const isSame = one.server === other.server && one.name === other.name
        const areEqual = qualify(one.server, one.name) === qualify(other.server, other.name)
        expect(areEqual).toBe(isSame)
      }),
    )
  })
})

describe('A list', () => {
  it('is read whole by following its cursors', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 5000 }), (count) => {
        const all = Array.from({ length: count }, (_one, index) => index)
        const read: number[] = []
        let cursor: string | undefined
        do {
          const page = pageOfList(all, cursor)
          read.push(...page.items)
          cursor = page.nextCursor
        } while (cursor !== undefined)
        expect(read).toEqual(all)
      }),
    )
  })

  it('has no page at a cursor of another list', () => {
    fc.assert(
      fc.property(
        fc.string().filter((cursor) => !/^at-\d{1,9}$/.test(cursor)),
        (cursor) => {
          expect(() => pageOfList([1], cursor)).toThrow('cursor')
        },
      ),
    )
  })
})
