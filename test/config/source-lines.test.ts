import { describe, expect, it } from 'vitest'

import { readSourceLines } from '../../config/source-lines.ts'

const SOURCE = `import { demo, openai } from '#plugins/providers'
const port = 1

/* plugins: [ */
export default defineConfig({
  server: {
    host: 'a', // port
    port,
  },
  plugins: [
    // openai({ apiKey: 'x' }),
    openai({ name: 'first, [with] (brackets)' }),
    demo(),
    openai({
      name: 'second',
      timeouts: { connectMs: 1 },
      'x-quoted': 2,
    }),
  ],
})
`

describe('the lines of a config file', () => {
  const lines = readSourceLines(SOURCE, 3)

  it('finds a field where it is set, not where its name occurs', () => {
    expect(lines.ofField('server.port')).toBe(8)
  })

  it('tells plugins of the same name apart', () => {
    expect([0, 1, 2].map((index) => lines.ofPlugin(index, ''))).toEqual([12, 13, 14])
    expect([0, 2].map((index) => lines.ofPlugin(index, 'name'))).toEqual([12, 15])
  })

  it('goes as deep into the options as it can', () => {
    expect(lines.ofPlugin(2, 'timeouts.connectMs')).toBe(16)
    expect(lines.ofPlugin(2, 'timeouts.idleMs')).toBe(16)
    expect(lines.ofPlugin(2, 'missing')).toBe(14)
  })

  it('says nothing when it does not know', () => {
    expect(readSourceLines(SOURCE, 4).ofPlugin(0, 'name')).toBeUndefined()
    expect(readSourceLines('export { default } from "./other.ts"', 1).ofPlugin(0, '')).toBe(
      undefined,
    )
    expect(lines.ofField('database.url')).toBeUndefined()
  })
})
