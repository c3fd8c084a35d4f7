import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { readAnswer } from '../../../../plugins/routing/script/answer.ts'

const line = (answer: unknown): string => JSON.stringify(answer)

describe('the answer of a sandbox', () => {
  it('is read when it is for the job', () => {
    const verdict = { ok: true, value: { model: 'm' } }

    expect(readAnswer(line({ id: 3, cpuMs: 1.5, verdict }), 3)).toEqual({ verdict, cpuMs: 1.5 })
    expect(readAnswer(line({ id: 4, cpuMs: 1.5, verdict }), 3)).toBeUndefined()
  })

  it('keeps of a failure what is known and short', () => {
    const verdict = {
      ok: false,
      reason: 'threw',
      message: 'x'.repeat(1000),
      line: 2,
      column: -1,
      stack: 'at /srv/gateway',
    }

    expect(readAnswer(line({ id: 1, cpuMs: 1, verdict }), 1)?.verdict).toEqual({
      ok: false,
      reason: 'threw',
      message: 'x'.repeat(500),
    })
  })

  it.each(['banned', 'busy', 'unavailable', 'crashed', 'no reason'])(
    'may not say %s, which is the gateway to say',
    (reason) => {
      const verdict = { ok: false, reason, message: '' }
      expect(readAnswer(line({ id: 1, cpuMs: 1, verdict }), 1)).toBeUndefined()
    },
  )

  it('may be anything without harm', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(readAnswer(text, 1)).toBeUndefined()
      }),
    )
  })
})
