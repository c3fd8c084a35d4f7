import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { parseJson } from '../../core/body.ts'
import { EventSplitter } from '../../core/sse.ts'
import { spliceText } from '../../core/target-request.ts'

const target = { provider: 'p', model: 'the "new" mödel' }

describe('spliceText', () => {
  it('gives what writing the JSON anew would give, or nothing', () => {
    const json = fc.jsonValue({ maxDepth: 3 })
    const request = fc
      .tuple(
        fc.string(),
        fc.dictionary(fc.oneof(fc.string(), fc.constant('model')), json),
        fc.boolean(),
      )
      .map(([model, more, isFirst]) => Object.assign(isFirst ? { model } : {}, more, { model }))
    fc.assert(
      fc.property(request, fc.boolean(), fc.nat(2), (written, asksForUsage, indent) => {
        const { __proto__: _own, ...plain } = written as Record<string, unknown>
        const sent = { ...plain, model: written.model, messages: [] }
        const text = JSON.stringify(sent, null, indent)
        const spliced = spliceText({ request: sent, text }, target, { asksForUsage })
        if (!spliced) return
        const expected: Record<string, unknown> = { ...sent, model: target.model }
        if (asksForUsage) expected['stream_options'] ??= { include_usage: true }
        expect(JSON.parse(spliced)).toEqual(JSON.parse(JSON.stringify(expected)))
      }),
      { numRuns: 2000 },
    )
  })

  it('does not take a nested "model" for the outer one that is written with escapes', () => {
    const text = '{"messages":[{"model":"x"}],"mod\\u0065l":"x"}'
    const request = JSON.parse(text)
    expect(spliceText({ request, text }, target, { asksForUsage: false })).toBeUndefined()
  })
})

describe('EventSplitter', () => {
  it('finds the same events wherever the bytes are cut', () => {
    const lineEnd = fc.constantFrom('\n', '\r\n')
    const event = fc
      .tuple(fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1, maxLength: 3 }), lineEnd)
      .map(([lines, end]) => {
        const clean = lines.map((line) => `data: ${line.replaceAll(/[\r\n]/g, ' ')}`)
        return clean.join(end) + end + end
      })
    fc.assert(
      fc.property(fc.array(event), fc.array(fc.nat()), (events, cuts) => {
        const bytes = Buffer.from(events.join(''))
        const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort(
          (a, b) => a - b,
        )
        const splitter = new EventSplitter()
        const found = at
          .slice(1)
          .flatMap((end, index) => splitter.push(bytes.subarray(at[index], end)))
        const all = [...found, ...splitter.end()]
        expect(Buffer.concat(all.map((each) => each.bytes)).toString()).toBe(bytes.toString())
        expect(all).toHaveLength(events.length)
      }),
    )
  })
})

describe('parseJson', () => {
  it('reads all that JSON.parse reads', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 5 }), (text) => {
        expect(parseJson(text)).toEqual(JSON.parse(text))
      }),
    )
  })

  it('tells the place of the first character that is wrong', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(() => parseJson(`[${text} oops`)).toThrow(new RegExp(`position ${text.length + 2} `))
      }),
    )
  })
})
