import fastCheck from 'fast-check'
import { describe, expect, it } from 'vitest'

import { SetupError } from '#core'
import { regex } from '#plugins/guards/regex'

import { findMatches } from '../../../plugins/guards/regex/find-matches.ts'
import { compilePattern, type Pattern } from '../../../plugins/guards/regex/pattern.ts'
import { threadCpuMs } from '../../helpers/cpu-time.ts'
import { asking, contentOf, masked, startGuarded } from './guarded.ts'

const cover = (text: string, pattern: Pattern): string =>
  masked(text, findMatches([pattern], text, 0))

describe('match types', () => {
  const patterns = ['^[a-z ]+$', '\\bplease\\b']

  it.each([
    ['all', 'do it please', 200],
    ['all', 'do it', 446],
    ['all', 'DO IT please', 446],
    ['any', 'do it', 200],
    ['any', 'DO IT please', 200],
    ['any', 'DO IT', 446],
    ['none', 'DO IT', 200],
    ['none', 'do it', 446],
  ] as const)('%s of the patterns: "%s" is answered with %i', async (matchType, text, status) => {
    await using guarded = await startGuarded([regex({ patterns, matchType })])
    expect((await guarded.ask(text)).status).toBe(status)
  })

  it('needs all of the patterns when nothing else is said, as LangDB does', async () => {
    await using guarded = await startGuarded([regex({ patterns })])
    const answer = await guarded.ask('do it')
    expect(answer.body).toMatchObject({
      guard_id: 'regex',
      details: { passed: false, confidence: 1, text: 'The text does not match pattern 2 of 2.' },
    })
  })

  it('judges the last message only', async () => {
    await using guarded = await startGuarded([regex({ patterns: ['secret'], matchType: 'none' })])
    const messages = [
      { role: 'user', content: 'secret' },
      { role: 'user', content: 'hi' },
    ]
    expect((await guarded.gateway.chat({ model: 'local/echo', messages })).status).toBe(200)
  })

  it('judges the answer, when it stands at the output', async () => {
    const guard = regex({ patterns: ['^yes|no$'], stage: 'output' })
    await using guarded = await startGuarded([guard])
    expect((await guarded.ask('yes')).status).toBe(200)
    expect((await guarded.ask('maybe')).body.error.details.stage).toBe('output')
  })
})

describe('redact', () => {
  it('covers every match in all messages, and blocks nothing', async () => {
    const guard = regex({ patterns: ['\\d{4}', '[a-z]+@[a-z.]+'], action: 'redact' })
    await using guarded = await startGuarded([guard])
    const answer = await guarded.gateway.chat({
      model: 'local/echo',
      messages: [
        { role: 'user', content: 'card 1234 5678' },
        { role: 'user', content: 'mail to ann@example.com' },
      ],
    })
    expect(guarded.heard[0]?.messages[0].content).toBe('card *** ***')
    expect(contentOf(answer)).toBe('mail to ***')
  })

  it('leaves no match in the text', () => {
    const pattern = compilePattern('\\d+|[a-c]{2}')
    fastCheck.assert(
      fastCheck.property(fastCheck.string(), fastCheck.string({ unit: 'grapheme' }), (a, b) => {
        expect(pattern.test(cover(`${a}12ab${b}`, pattern))).toBe(false)
      }),
    )
  })

  it('has nothing to cover where a pattern matches nothing at all', () => {
    expect(cover('baab', compilePattern('a*'))).toBe('b***b')
  })
})

describe('patterns', () => {
  it.each([
    ['(?=a)b', 'RE2 has no look-ahead and no look-behind'],
    ['(?<!a)b', 'RE2 has no look-ahead and no look-behind'],
    ['(a)\\1', 'invalid escape sequence'],
    ['[a-', 'missing closing ]'],
    ['a{1001}', 'invalid repeat count'],
  ])('%s is a fault at start that names it', async (pattern, because) => {
    const start = startGuarded([regex({ id: 'codes', patterns: ['fine', pattern] })])
    await expect(start).rejects.toThrow(SetupError)
    await expect(start).rejects.toThrow(
      `The guard "codes" can not work: "patterns[1]" is not a pattern that RE2 can run: ${JSON.stringify(pattern)}`,
    )
    await expect(start).rejects.toThrow(because)
  })

  it('of a request take the place of its own', async () => {
    await using guarded = await startGuarded([regex({ patterns: ['a'], apply: 'on-request' })])
    expect((await guarded.ask('b', asking('regex', {}))).status).toBe(446)
    const other = asking('regex', { patterns: ['b', 'c'], match_type: 'any' })
    expect((await guarded.ask('b', other)).status).toBe(200)
  })

  it.each([
    [{ patterns: ['x', '(?=a)b'] }, 'extra.guards[0].parameters.patterns[1]'],
    [{ patterns: [] }, 'extra.guards[0].parameters.patterns'],
    [{ match_type: 'some' }, 'extra.guards[0].parameters.match_type'],
    [{ pattern: 'a' }, 'extra.guards[0].parameters.pattern'],
  ])('of a request are refused when they are %j', async (parameters, param) => {
    await using guarded = await startGuarded([regex({ patterns: ['a'], apply: 'on-request' })])
    const answer = await guarded.ask('b', asking('regex', parameters))
    expect(answer.status).toBe(400)
    expect(answer.body.error).toMatchObject({ code: 'invalid_parameter', param })
  })
})

describe('100,000 characters', () => {
  const hostile = ['a'.repeat(100_000), 'ab'.repeat(50_000), `${'a '.repeat(49_999)}!`]

  it.each(['(a+)+$', '(a|a)*b', '(?:a|b)*a(?:a|b){100}c', '^(\\w+\\s?)*$'])(
    'do not hold up %s',
    async (pattern) => {
      await using guarded = await startGuarded([regex({ patterns: [pattern], matchType: 'any' })])
      for (const text of hostile) {
        const startedMs = threadCpuMs()
        await guarded.ask(text)
        expect(threadCpuMs() - startedMs).toBeLessThan(3000)
      }
    },
  )

  it('are given up, and blocked, where covering all matches would take too long', async () => {
    const guard = regex({ patterns: ['(?:a|b)*c|a'], action: 'redact', timeoutMs: 50 })
    await using guarded = await startGuarded([guard])
    const answer = await guarded.ask(hostile[1] ?? '')
    expect(answer.status).toBe(446)
    expect(guarded.heard).toHaveLength(0)
    expect(contentOf(await guarded.ask('ba'))).toBe('b***')
  })

  it('are given up where a pattern is much too long for them', async () => {
    const patterns = ['(?i)(a.{0,900})+z']
    await using guarded = await startGuarded([
      regex({ patterns, matchType: 'none', timeoutMs: 50 }),
      regex({ id: 'lenient', patterns, matchType: 'none', timeoutMs: 50, onError: 'allow' }),
    ])
    const answer = await guarded.ask(hostile[1] ?? '')
    expect(answer.body.guard_id).toBe('regex')
    expect(answer.body.details.text).toContain('The guard failed')
  })

  it('are given up where the patterns of a request are the slow ones', async () => {
    const guard = regex({ patterns: ['a'], apply: 'on-request', timeoutMs: 50 })
    await using guarded = await startGuarded([guard])
    const slow = asking('regex', { patterns: ['(?i)(a.{0,900})+z'], match_type: 'none' })
    expect((await guarded.ask(hostile[1] ?? '', slow)).status).toBe(446)
  })
})
