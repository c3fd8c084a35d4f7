import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { MASK, maskSecrets } from '../../../plugins/usage/ledger/masking.ts'
import { cpuMsOf } from '../../helpers/cpu-time.ts'
import { PLANTED_SECRETS } from './planted-secrets.ts'

const maskedText = (text: string): unknown => JSON.parse(maskSecrets(JSON.stringify(text)))

describe('masking', () => {
  describe.each(Object.entries(PLANTED_SECRETS))('of %s', (_name, secret) => {
    it('leaves nothing of it, and all that is around it', () => {
      expect(maskedText(secret)).toBe(MASK)
      expect(maskedText(`My key is ${secret}, keep it.`)).toBe(`My key is ${MASK}, keep it.`)
      expect(maskedText(`one\n${secret}\ntwo`)).toBe(`one\n${MASK}\ntwo`)
      expect(maskedText(`é${secret}`)).toBe(`é${MASK}`)
    })

    it('finds it in JSON within JSON, as in the arguments of a tool call', () => {
      const call = JSON.stringify({ note: `x\n${secret}`, n: 1 })
      expect(maskedText(call)).toBe(JSON.stringify({ note: `x\n${MASK}`, n: 1 }))
    })

    it('finds it twice', () => {
      expect(maskedText(`${secret} ${secret}`)).toBe(`${MASK} ${MASK}`)
    })
  })

  it.each([
    ['Authorization: Bearer abcdef0123456789/+==', `Authorization: Bearer ${MASK}`],
    ['authorization: bearer abcdef0123456789', `authorization: bearer ${MASK}`],
    ['{"api_key": "abcdef0123456789abcdef"}', `{"api_key": "${MASK}"}`],
    [
      'AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
      `AWS_SECRET_ACCESS_KEY=${MASK}`,
    ],
    ['password: "correct-horse-battery"', `password: "${MASK}"`],
  ])('knows by its name what %j holds', (text, masked) => {
    expect(maskedText(text)).toBe(masked)
  })

  it('masks a private key from its first line to its last', () => {
    const key = `-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIB+/\nabc=\n-----END RSA PRIVATE KEY-----`
    expect(maskedText(`a\n${key}\nb ${key} c`)).toBe(`a\n${MASK}\nb ${MASK} c`)
  })

  it('masks a private key that is cut off to the end of its text, and no further', () => {
    const body = { first: '-----BEGIN PRIVATE KEY-----\nMIIEpAIB+/', second: 'kept' }
    const masked = JSON.parse(maskSecrets(JSON.stringify(body)))
    expect(masked).toEqual({ first: MASK, second: 'kept' })
  })

  it.each([
    'The sk-learn library, a risk-averse-but-very-long-hyphenated-compound, and task-oriented-dialogue.',
    'chatcmpl-9aB8cD7eF6gH5iJ4kL3mN2oP1qR0 call_abcdefghijklmnopqrstuvwx 01a206122b0a7dd6ab0264c464150e7b',
    'https://example.com/a/very/long/path/to/something-or-other?with=parameters&and=more',
    'gpt-4o-2024-08-06 claude-sonnet-4-5-20250929 -0.000123456789012345',
    'The password is not told here; the secret: a good night’s sleep.',
    'x'.repeat(2000),
  ])('leaves %j alone', (text) => {
    expect(maskedText(text)).toBe(text)
  })

  it('replaces an image and a sound by their type and length', () => {
    const base64 = Buffer.alloc(30_000, 7).toString('base64')
    const body = {
      image_url: { url: `data:image/png;base64,${base64}` },
      input_audio: { data: base64, format: 'wav' },
      text: 'What is it?',
    }
    expect(JSON.parse(maskSecrets(JSON.stringify(body)))).toEqual({
      image_url: { url: 'data:image/png;base64,[40000 characters left out]' },
      input_audio: { data: '[40000 characters left out]', format: 'wav' },
      text: 'What is it?',
    })
  })

  it('keeps every other text as it is, to the letter', () => {
    const words = fc.array(fc.string({ unit: 'grapheme', maxLength: 15 }), { maxLength: 30 })
    fc.assert(
      fc.property(words, (parts) => {
        // Without a secret's name, and with no word as long as a secret.
        const text = parts
          .join(' ')
          .replaceAll(/secret|password|key|token|authorization|bearer/gi, '')
        const short = text.replaceAll(/[\w.~+/=-]{15}/g, '$& ')
        expect(maskedText(short)).toBe(short)
      }),
      { numRuns: 500 },
    )
  })

  it('finds a secret wherever it stands, and keeps what is around it', () => {
    const around = fc
      .string({ unit: 'grapheme', maxLength: 60 })
      .map((text) => text.replaceAll(/[\w.~+/=-]{8}/g, '$& ').replaceAll(/[\w.~+/=-]+$/g, ''))
    const secret = fc.constantFrom(...Object.values(PLANTED_SECRETS))
    fc.assert(
      fc.property(around, secret, around, (before, planted, after) => {
        expect(maskedText(`${before} ${planted} ${after}`)).toBe(`${before} ${MASK} ${after}`)
      }),
      { numRuns: 500 },
    )
  })

  it('makes valid JSON of valid JSON', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        ...Object.values(PLANTED_SECRETS),
        'Bearer ',
        'api_key=',
        '"',
        'npm_',
        'pm_',
        '\\',
        '\n',
      ),
      fc.constantFrom('-----BEGIN PRIVATE KEY-----', '-----END PRIVATE KEY-----', 'x'.repeat(3000)),
    )
    const text = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(''))
    fc.assert(
      fc.property(fc.jsonValue(), text, (value, odd) => {
        const body = { value, odd, nested: JSON.stringify({ odd }), last: 1 }
        const masked = JSON.parse(maskSecrets(JSON.stringify(body)))
        expect(Object.keys(masked)).toEqual(Object.keys(body))
        expect(masked.last).toBe(1)
      }),
      { numRuns: 2000 },
    )
  })

  it('takes time in proportion to the text, whatever is in it', () => {
    const unit = 200_000
    const texts = [
      'sk-'.repeat(unit),
      '-----BEGIN PRIVATE KEY-----'.repeat(unit / 20),
      'bearer '.repeat(unit / 5),
      'api_key="\\" '.repeat(unit / 10),
      `${'a'.repeat(15)} `.repeat(unit / 10),
      `${'a'.repeat(17)} `.repeat(unit / 10),
      'eyJabcdefgh.'.repeat(unit / 10),
    ]
    const takenMs = cpuMsOf(() => {
      for (const text of texts) maskSecrets(text)
    })
    expect(takenMs).toBeLessThan(5000)
  })
})
