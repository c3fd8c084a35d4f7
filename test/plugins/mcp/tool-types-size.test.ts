import { expect, it } from 'vitest'

import { declare } from '../../../plugins/mcp/chat-tools/tool-types.ts'

it('a schema whose references multiply is written out as far as it is of use', () => {
  const again = { $ref: '#/$defs/node' }
  const properties = Object.fromEntries(
    Array.from({ length: 12 }, (_none, index) => [`child${index}`, again]),
  )
  const inputSchema = {
    type: 'object',
    $defs: { node: { type: 'object', properties } },
    properties,
  }
  const tool = { name: 'grow', inputSchema } as never

  expect(declare([{ object: 'trees', name: 'grow', tool }]).length).toBeLessThan(1_000_000)
})
