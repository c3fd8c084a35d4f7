import fastCheck from 'fast-check'
import { describe, expect, it } from 'vitest'

import { findSpans, type Found, type GuardContent } from '#core'

import { certainSpans } from '../../../core/guarding/certain-spans.ts'
import { maskSpans } from '../../../core/guarding/mask.ts'

const content = (kind: 'text' | 'tool_call', text: string): GuardContent => ({
  stage: 'output',
  segments: [{ role: 'assistant', kind, text }],
})

function* findDigits(text: string): Generator<Found> {
  for (const { 0: digits, index } of text.matchAll(/\d{2,}|"q/g)) {
    yield { start: index, end: index + digits.length, label: 'NUMBER' }
  }
}

const mask = (text: string): string => text.replace(/\d{2,}|"q/g, '[NUMBER]')

function masked(kind: 'text' | 'tool_call', text: string): string {
  const whole = content(kind, text)
  return maskSpans(whole, findSpans(whole, findDigits)).get(0) ?? text
}

/** The value as it is when every string, name and number in it is masked. */
function deeplyMasked(value: unknown): unknown {
  if (typeof value === 'string') return mask(value)
  if (typeof value === 'number')
    return mask(String(value)) === String(value) ? value : mask(String(value))
  if (Array.isArray(value)) return value.map(deeplyMasked)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [mask(name), deeplyMasked(item)]),
  )
}

describe('masking in JSON', () => {
  const text = fastCheck.string({
    unit: fastCheck.constantFrom('a', '1', '2', '"', 'q', '\\', '\n', 'é', '😀', ' '),
    maxLength: 12,
  })
  const value = fastCheck.letrec((tie) => ({
    any: fastCheck.oneof(
      { maxDepth: 3 },
      text,
      fastCheck.integer({ min: -5000, max: 5000 }),
      fastCheck.boolean(),
      fastCheck.constant(null),
      fastCheck.array(tie('any'), { maxLength: 3 }),
      fastCheck.dictionary(text, tie('any'), { maxKeys: 3, noNullPrototype: true }),
    ),
  })).any

  it('masks each string, each name and each number, and stays JSON', () => {
    fastCheck.assert(
      fastCheck.property(value, fastCheck.boolean(), (given, isSpaced) => {
        const json = JSON.stringify(given, null, isSpaced ? 2 : 0)
        expect(JSON.parse(masked('tool_call', json))).toEqual(deeplyMasked(JSON.parse(json)))
      }),
      { numRuns: 1000 },
    )
  })

  it('finds what escapes would hide', () => {
    expect(masked('tool_call', '{"\\u0031\\u0032":"x\\u00312\\n"}')).toBe(
      '{"[NUMBER]":"x[NUMBER]\\n"}',
    )
  })

  it('makes a number that is masked a string', () => {
    expect(masked('tool_call', '{"n": -1234.5, "m": 7}')).toBe('{"n": "-[NUMBER].5", "m": 7}')
  })

  it('reads what is no JSON as it stands', () => {
    expect(masked('tool_call', '{"n": 12')).toBe('{"n": [NUMBER]')
  })
})

it('leaves the rest of a text as it was', () => {
  fastCheck.assert(
    fastCheck.property(fastCheck.string({ unit: 'grapheme' }), (text) => {
      expect(masked('text', `${text}12"q3`)).toBe(mask(`${text}12"q3`))
    }),
  )
})

it('masks spans that overlap as one', () => {
  const spans = [
    { segment: 0, start: 2, end: 5, label: 'B' },
    { segment: 0, start: 0, end: 3, label: 'A' },
    { segment: 0, start: 6, end: 7, label: 'C', mask: '#' },
  ]
  expect(maskSpans(content('text', 'abcdefgh'), spans).get(0)).toBe('[A]f#h')
})

describe('what is certain in a window', () => {
  const span = (
    start: number,
    end: number,
  ): { segment: 0; start: number; end: number; label: 'X' } => ({
    segment: 0,
    start,
    end,
    label: 'X',
  })

  it.each([
    { what: 'a match that began early enough', found: [span(2, 5)], to: 4, count: 1, judgedTo: 5 },
    { what: 'no match that may still change', found: [span(5, 8)], to: 4, count: 0, judgedTo: 4 },
    {
      what: 'no match that overlaps one that may',
      found: [span(2, 6), span(5, 8)],
      to: 4,
      count: 0,
      judgedTo: 2,
    },
    {
      what: 'a match beside a match',
      found: [span(0, 2), span(2, 4)],
      to: 3,
      count: 2,
      judgedTo: 4,
    },
    {
      what: 'nothing that was judged before',
      found: [span(0, 2)],
      from: 2,
      to: 6,
      count: 0,
      judgedTo: 6,
    },
    {
      what: 'the rest of a match that was cut',
      found: [span(0, 4)],
      from: 2,
      to: 6,
      count: 1,
      judgedTo: 6,
    },
  ])('is $what', ({ found, from = 0, to, count, judgedTo }) => {
    const certain = certainSpans(found, { from, to })
    expect(certain.spans).toHaveLength(count)
    expect(certain.judgedTo).toBe(judgedTo)
  })
})
