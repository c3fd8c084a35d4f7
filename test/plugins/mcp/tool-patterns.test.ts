import fc from 'fast-check'
import { expect, it } from 'vitest'

import type { McpTool } from '#core'

import { offerTools } from '../../../plugins/mcp/server/policy.ts'
import { cpuMsOf } from '../../helpers/cpu-time.ts'

const named = (name: string): McpTool => ({ name, inputSchema: { type: 'object' } })

it('a pattern fits what the same regular expression fits', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*', '.'), maxLength: 12 })
  const names = fc.string({ unit: fc.constantFrom('a', 'b', '.'), minLength: 1, maxLength: 12 })
  fc.assert(
    fc.property(letters, names, (pattern, name) => {
      const source = pattern.replaceAll('.', '\\.').replaceAll('*', '.*')
      const isAllowed = offerTools({ allow: [pattern] }, [named(name)]).list.length === 1
      const isDenied = offerTools({ deny: [pattern] }, [named(name)]).list.length === 0
      expect([isAllowed, isDenied]).toEqual(Array(2).fill(new RegExp(`^${source}$`).test(name)))
    }),
    { numRuns: 1_000 },
  )
})

it('a pattern of many asterisks takes no longer than others', () => {
  const deny = Array.from({ length: 100 }, () => `${'*a'.repeat(1_000)}b`)
  const tools = Array.from({ length: 100 }, (_, index) => named(`${'a'.repeat(120)}${index}`))

  expect(offerTools({ deny }, tools).list).toHaveLength(100)
  expect(cpuMsOf(() => offerTools({ deny }, tools))).toBeLessThan(1_000)
})

it('tools without a name, or with one of more than 128 letters, are not offered', () => {
  const tools = ['', 'a'.repeat(129), 'a'.repeat(128)].map(named)
  expect(offerTools({}, tools).list.map(({ name }) => name)).toEqual(['a'.repeat(128)])
})
