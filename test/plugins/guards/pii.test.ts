import fastCheck from 'fast-check'
import { describe, expect, it } from 'vitest'

import { pii } from '#plugins/guards/pii'

import { createPiiFinder, PII_TYPES } from '../../../plugins/guards/pii/find-pii.ts'
import { startGuarded } from './guarded.ts'
import { createLocalCheck, findings } from './local-check.ts'

const everything = createLocalCheck(pii, { pii_types: PII_TYPES })

describe('what is personal', () => {
  it.each([
    ['EMAIL', 'jane.doe+tag@mail.example.co.uk'],
    ['EMAIL', 'müller@exämple.de'],
    ['PHONE', '+1 (555) 123-4567'],
    ['PHONE', '(555) 123-4567'],
    ['PHONE', '555-123-4567'],
    ['PHONE', '1-800-555-0199 x12'],
    ['PHONE', '+49 30 901820'],
    ['PHONE', '0049 (0)30 901820'],
    ['PHONE', '030/901820'],
    ['PHONE', '+442079460958'],
    ['PHONE', '020 7946 0958'],
    ['PHONE', '01 23 45 67 89'],
    ['PHONE', '+91 98765 43210'],
    ['PHONE', '13812345678'],
    ['CREDIT_CARD', '4111 1111 1111 1111'],
    ['CREDIT_CARD', '4111.1111.1111.1111'],
    ['CREDIT_CARD', '4222222222222'],
    ['CREDIT_CARD', '378282246310005'],
    ['CREDIT_CARD', '3782 822463 10005'],
    ['CREDIT_CARD', '5555-5555-5555-4444'],
    ['CREDIT_CARD', '2223003122003222'],
    ['CREDIT_CARD', '6011111111111117'],
    ['CREDIT_CARD', '30569309025904'],
    ['CREDIT_CARD', '3530111333300000'],
    ['IBAN', 'DE89 3704 0044 0532 0130 00'],
    ['IBAN', 'GB82WEST12345698765432'],
    ['IBAN', 'FR1420041010050500013M02606'],
    ['IBAN', 'NL91 ABNA 0417 1643 00'],
    ['IBAN', 'mt84malt011000012345mtlcast001s'],
    ['IBAN', 'BR15 0000 0000 0000 1093 2840 814 P2'],
    ['SSN', '123-45-6789'],
    ['US_ITIN', '912-70-1234'],
    ['CA_SIN', '046 454 286'],
    ['BR_CPF', '111.444.777-35'],
    ['CL_RUT', '12.345.678-5'],
    ['AR_CUIT', '20-12345678-6'],
    ['MX_CURP', 'HEGG560427MVZRRL04'],
    ['DE_TAX_ID', '86095742719'],
    ['DE_TAX_ID', '65 929 970 489'],
    ['ES_NIF', '12345678Z'],
    ['ES_NIF', 'X1234567L'],
    ['FR_NIR', '2 55 08 14 168 025 38'],
    ['IT_FISCAL_CODE', 'RSSMRA85T10A562S'],
    ['UK_NINO', 'AB 12 34 56 C'],
    ['UK_NHS', '943 476 5919'],
    ['BE_NRN', '85.07.30-033.28'],
    ['PL_PESEL', '44051401359'],
    ['SE_PERSONNUMMER', '811228-9874'],
    ['FI_HETU', '131052-308T'],
    ['CH_AHV', '756.9217.0769.85'],
    ['IE_PPS', '1234567T'],
    ['IE_PPS', '1234567FA'],
    ['IN_AADHAAR', '9999 9999 0019'],
    ['IN_PAN', 'ABCPE1234F'],
    ['CN_RESIDENT_ID', '11010519491231002X'],
    ['KR_RRN', '880101-1234567'],
    ['SG_NRIC', 'S1234567D'],
    ['SG_NRIC', 'G1234567X'],
    ['HK_ID', 'A123456(3)'],
    ['HK_ID', 'AB987654(3)'],
    ['TW_ID', 'A123456789'],
    ['TH_ID', '1-2345-67890-12-1'],
    ['ZA_ID', '8001015009087'],
    ['TR_TCKN', '10000000146'],
    ['PASSPORT', 'L898902C36UTO7408122F1204159ZE184226B<<<<<10'],
    ['IP_ADDRESS', '192.0.2.1'],
    ['IP_ADDRESS', '2001:db8::1'],
    ['IP_ADDRESS', '::ffff:192.0.2.1'],
    ['MAC_ADDRESS', '00:1B:44:11:3A:B7'],
  ])('finds %s in %s', (label, value) => {
    expect(findings(everything, value)).toEqual([`${label} ${value}`])
    expect(findings(everything, `😀 „${value}“, and more.`)).toEqual([`${label} ${value}`])
  })

  it.each([
    ['PHONE', 'my phone: ', '5551234567'],
    ['SSN', 'ssn ', '123456789'],
    ['NL_BSN', 'BSN: ', '111222333'],
    ['AU_TFN', 'TFN ', '123 456 782'],
    ['PASSPORT', 'Passport no. ', 'C01X00T47'],
    ['PASSPORT', 'passeport : ', 'X1234567'],
    ['DATE_OF_BIRTH', 'born on ', '12 March 1980'],
    ['DATE_OF_BIRTH', 'DOB: ', '1980-03-12'],
    ['URL_CREDENTIALS', 'postgres://', 'me:secret'],
  ])('finds %s after "%s"', (label, before, value) => {
    const text = `${before}${value}${label === 'URL_CREDENTIALS' ? '@db/x' : ''}`
    expect(findings(everything, text)).toEqual([`${label} ${value}`])
  })

  it.each([
    'order 12345678',
    '2024-01-02',
    '01-02-2024',
    '12/31/2024 10:20:30',
    '2024-11-23T01:24:00.000Z',
    '$1,234.56',
    '0.123456789',
    '3.14159265358979',
    '10.000.000,00 €',
    '1 000 000 000',
    'v1.2.3.4.5',
    '1700000000000',
    '550e8400-e29b-41d4-a716-446655440000',
    'req_0193a1b2c3d4e5f60718293a4b5c6d7e',
    'std::vector a::b',
    '12:34:56',
    '4111 1111 1111 1112',
    '1234567890123456',
    'DE89 3704 0044 0532 0130 01',
    '000-12-3456',
    '666-12-3456',
    '123-00-4567',
    '@scope/pkg@1.2.3',
    'git@localhost',
    'ISBN 978-3-16-148410-0',
    '50.1109, 8.6821',
    'rgb(255, 255, 255)',
    '1999-2024',
    'SKU 0123-4567',
  ])('finds nothing in %s', (text) => {
    expect(findings(everything, text)).toEqual([])
  })

  it('looks only for what it is told to', () => {
    const check = createLocalCheck(pii, { pii_types: ['email'] })
    expect(findings(check, 'a@example.com, 4111 1111 1111 1111')).toEqual(['EMAIL a@example.com'])
    const ids = createLocalCheck(pii, { pii_types: ['national_id'] })
    expect(findings(ids, '12345678Z 123-45-6789 a@example.com')).toEqual([
      'ES_NIF 12345678Z',
      'SSN 123-45-6789',
    ])
  })

  it('refuses a type that it does not know', () => {
    expect(() => createLocalCheck(pii, { pii_types: ['shoe_size'] })).toThrow('pii_types[0]')
  })
})

describe('properties', () => {
  const { find } = createPiiFinder(PII_TYPES)
  const digits = (length: number): fastCheck.Arbitrary<string> =>
    fastCheck
      .array(fastCheck.integer({ min: 0, max: 9 }), { minLength: length, maxLength: length })
      .map((some) => some.join(''))
  const prose = fastCheck
    .array(fastCheck.constantFrom('Grüße', 'to', 'the', '😀', '東京', 'well,', '(so)', '\ud83d'))
    .map((words) => words.join(' '))

  const visa = digits(14).map((rest) => {
    const number = `4${rest}`
    const check = Array.from('0123456789').find((digit) => isLuhn(number + digit)) ?? ''
    return number + check
  })
  const germanIban = digits(18).map((account) => {
    const check = 98n - (BigInt(`${account}131400`) % 97n)
    return `DE${String(check).padStart(2, '0')}${account}`
  })
  const address = fastCheck
    .tuple(
      fastCheck.stringMatching(/^[a-z][a-z0-9]{0,20}$/),
      fastCheck.stringMatching(/^[a-z]{2,20}$/),
    )
    .map(([name, host]) => `${name}@${host}.example`)

  it.each([
    ['CREDIT_CARD', visa],
    ['IBAN', germanIban],
    ['EMAIL', address],
  ])('finds %s wherever it stands in a text', (label, values) => {
    fastCheck.assert(
      fastCheck.property(prose, values, prose, (before, value, after) => {
        const text = `${before} ${value} ${after}`
        const start = before.length + 1
        expect(find(text)).toContainEqual(
          expect.objectContaining({ label, start, end: start + value.length }),
        )
      }),
    )
  })

  it.each([
    ['CREDIT_CARD', visa],
    ['IBAN', germanIban],
  ])('does not take a number with a wrong digit for %s', (label, values) => {
    fastCheck.assert(
      fastCheck.property(
        values,
        fastCheck.nat(),
        fastCheck.integer({ min: 1, max: 9 }),
        (value, at, by) => {
          const place = 4 + (at % (value.length - 4))
          const wrong = (Number(value[place]) + by) % 10
          const text = value.slice(0, place) + wrong + value.slice(place + 1)
          expect(find(text).map((found) => found.label)).not.toContain(label)
        },
      ),
    )
  })

  it('never gives a place outside of a text, or two that overlap', () => {
    const pieces = fastCheck.constantFrom(
      '4111',
      '1111',
      ' ',
      '-',
      '+',
      '(',
      ')',
      '@',
      '.',
      'a',
      'DE89',
      '00',
      '\ud83d',
      '\ude00',
      ':',
      '://',
      '<',
    )
    fastCheck.assert(
      fastCheck.property(fastCheck.array(pieces), (some) => {
        const text = some.join('')
        let last = 0
        for (const { start, end } of find(text)) {
          expect(start).toBeGreaterThanOrEqual(last)
          expect(end).toBeGreaterThan(start)
          expect(end).toBeLessThanOrEqual(text.length)
          last = end
        }
      }),
    )
  })
})

function isLuhn(number: string): boolean {
  const sum = Array.from(number)
    .toReversed()
    .reduce((total, digit, index) => {
      const weighted = index % 2 === 1 ? Number(digit) * 2 : Number(digit)
      return total + (weighted > 9 ? weighted - 9 : weighted)
    }, 0)
  return sum % 10 === 0
}

describe('in the gateway', () => {
  it('blocks a request, and says of what kind it is, not what it says', async () => {
    await using guarded = await startGuarded([pii()])
    const answer = await guarded.ask('I am jane@example.com')
    expect(answer.status).toBe(446)
    expect(answer.text).not.toContain('jane')
    expect((await guarded.ask('I am Jane')).status).toBe(200)
  })

  it('masks what the model reads', async () => {
    await using guarded = await startGuarded([pii({ action: 'redact' })])
    await guarded.ask('I am jane@example.com, card 4111 1111 1111 1111')
    expect(guarded.heard[0]?.messages[0].content).toBe('I am [EMAIL], card [CREDIT_CARD]')
  })
})
