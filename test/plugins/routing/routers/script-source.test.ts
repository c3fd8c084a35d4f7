import { describe, expect, it } from 'vitest'

import { toScriptSource } from '../../../../plugins/routing/routers/script-source.ts'

/** What `route` returns when the file is loaded. */
function routeOf(text: string, isTypeScript = true): unknown {
  const read = toScriptSource(text, isTypeScript)
  if (!read.ok) throw new Error(read.message)
  // oxlint-disable-next-line no-implied-eval, no-new-func, typescript/no-implied-eval -- as a sandbox loads it
  return new Function(`${read.source}\n;return route`)()({ models: ['a'] })
}

describe('a script file', () => {
  it.each([
    ['a constant', `const route = ({ models }) => models[0]`],
    ['a function', `async function helper() {}\nfunction route({ models }) { return models[0] }`],
    ['a default export', `export default ({ models }) => models[0]`],
    ['a default function', `export default function ({ models }) { return models[0] }`],
    [
      'a default function named route',
      `export default function route({ models }) { return models[0] }`,
    ],
    [
      'a default function with a name',
      `export default function pick({ models }) { return models[0] }\n[1].at(0)`,
    ],
    ['an exported constant', `export const route = ({ models }) => models[0]`],
    ['an exported function', `export function route({ models }) { return models[0] }`],
    ['an exported route', `const route = ({ models }) => models[0]\nexport default route;`],
    ['a name that is exported', `const pick = ({ models }) => models[0]\nexport default pick`],
  ])('may define its route as %s', (_how, text) => {
    expect(routeOf(text, false)).toBe('a')
    expect(routeOf(text, true)).toBe('a')
  })

  it('may have types', () => {
    const text = `import type { RouterScript } from '#plugins/routing/routers'
interface Known { readonly models: readonly string[] }
const first = (known: Known): string => known.models[0] as string
export default ((input: Known) => first(input)) satisfies unknown`

    expect(routeOf(text)).toBe('a')
  })

  it('keeps every line and column where it was', () => {
    const text = `import type { A } from 'a'\nexport default async function (input: A) {\n  throw input\n}`
    const read = toScriptSource(text, true)

    expect(read).toMatchObject({ ok: true })
    const lines = read.ok ? read.source.split('\n') : []
    expect(lines.map((line) => line.length)).toEqual(text.split('\n').map((line) => line.length))
    expect(lines[1]?.indexOf('(')).toBe(text.split('\n')[1]?.indexOf('('))
  })

  it.each([
    ['does not parse', `const a = 1\nconst = 2`, { line: 2, column: 7 }],
    ['has a type that does not parse', `const a: = 1`, { line: 1, column: 10 }],
    [
      'needs more than types to go',
      `\nenum A { b }\nexport default () => A.b`,
      { line: 2, column: 1 },
    ],
    ['imports what it can not have', `import a from 'a'\nexport default () => a`, { line: 1 }],
    [
      'has no route',
      `const rout = () => 1`,
      { message: expect.stringContaining('"export default"') },
    ],
    ['is empty', '', { message: expect.stringContaining('"export const route"') }],
  ])('that %s is told where', (_what, text, problem) => {
    expect(toScriptSource(text, true)).toMatchObject({ ok: false, ...problem })
  })

  it('is not run to find its mistakes', () => {
    expect(toScriptSource('for (;;);\nconst route = 1', false)).toMatchObject({ ok: true })
  })
})
