import { readFileSync } from 'node:fs'
import { runInThisContext } from 'node:vm'

import { expect, it } from 'vitest'

import type { PluginEntry } from '#core'
import { mcp } from '#plugins/mcp/mcp'

import { startLinked, textOf } from './linked.ts'

const page = readFileSync(new URL('../../../plugins/mcp/mcp.md', import.meta.url), 'utf8')
const snippets = [...page.matchAll(/```ts\n([^]*?)```/g)].map(([, code]) => code ?? '')

/** A snippet is a list of plugins, as the config file has it. */
function pluginsOf(code: string): readonly PluginEntry[] {
  const list = runInThisContext(`(mcp) => [${code}]`) as (given: typeof mcp) => PluginEntry[]
  return list(mcp)
}

it.each(snippets)('starts with what mcp.md shows', async (code) => {
  await using gateway = await startLinked(pluginsOf(code))
  expect(gateway.mcp.list('').length).toBeGreaterThan(0)
})

it('doubles a number, as mcp.md shows', async () => {
  await using gateway = await startLinked(pluginsOf(snippets[0] ?? ''))
  expect(await textOf(await gateway.link('own'), 'double', { n: 4 })).toBe('{"doubled":8}')
})
