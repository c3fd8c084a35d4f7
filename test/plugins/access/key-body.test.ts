import { expect, it } from 'vitest'

import { GatewayError } from '../../../core/errors.ts'
import { readKeyBody, readKeyChange } from '../../../plugins/access/accounts/key-body.ts'

const YEAR_2099 = '2099-01-01T00:00:00.000Z'

it('takes a name, and gives it to a key that reads and writes and never ends', () => {
  expect(readKeyBody({ name: 'k' })).toEqual({
    name: 'k',
    scopes: ['read', 'write'],
    expiresAt: undefined,
    guards: [],
  })
})

it('takes permissions and the time when the key ends', () => {
  expect(readKeyBody({ name: 'k', permissions: ['admin'], expires_at: YEAR_2099 })).toEqual({
    name: 'k',
    scopes: ['admin'],
    expiresAt: new Date(YEAR_2099),
    guards: [],
  })
})

it('takes guards by their ids, with parameters or without', () => {
  const words = { id: 'words', parameters: { words: ['herring'] } }
  expect(readKeyBody({ name: 'k', guards: ['pii', words] }).guards).toEqual([{ id: 'pii' }, words])
})

it.each([
  [{}, null],
  [{ permissions: ['read'] }, 'permissions'],
  [{ guards: 'pii' }, 'guards'],
  [{ guards: [{ parameters: {} }] }, 'guards[0].id'],
  [{ guards: ['pii', { id: 'x', words: [] }] }, 'guards[1].words'],
])('changes no key by %j', (body, param) => {
  expect(() => readKeyChange(body)).toThrow(expect.objectContaining({ status: 400, param }))
})

it('takes the number of days that the key holds', () => {
  const { expiresAt } = readKeyBody({ name: 'k', expires_in_days: 30 })
  const days = ((expiresAt?.getTime() ?? 0) - Date.now()) / 86_400_000
  expect(days).toBeCloseTo(30, 2)
})

it.each([
  [{}, 'missing_required_parameter', 'name'],
  [{ name: '' }, 'invalid_parameter', 'name'],
  [{ name: 7 }, 'invalid_parameter', 'name'],
  [{ name: 'n'.repeat(201) }, 'invalid_parameter', 'name'],
  [{ name: 'k', permissions: ['root'] }, 'invalid_parameter', 'permissions[0]'],
  [{ name: 'k', permissions: [] }, 'invalid_parameter', 'permissions'],
  [{ name: 'k', permissions: ['read', 'read'] }, 'invalid_parameter', 'permissions'],
  [{ name: 'k', expires_in_days: 0 }, 'invalid_parameter', 'expires_in_days'],
  [{ name: 'k', expires_in_days: '30' }, 'invalid_parameter', 'expires_in_days'],
  [{ name: 'k', expires_at: 'tomorrow' }, 'invalid_parameter', 'expires_at'],
  [{ name: 'k', expires_at: '2020-01-01T00:00:00Z' }, 'invalid_parameter', 'expires_at'],
  [
    { name: 'k', expires_at: YEAR_2099, expires_in_days: 1 },
    'invalid_parameter',
    'expires_in_days',
  ],
  [{ name: 'k', permission: ['read'] }, 'unknown_parameter', 'permission'],
  [{ name: 'k', guards: [7] }, 'invalid_parameter', 'guards[0]'],
  [[], 'invalid_parameter', null],
  [null, 'invalid_parameter', null],
])('refuses %j and names what is wrong', (body, code, param) => {
  const refusal = refusalOf(body)
  expect(refusal).toMatchObject({ status: 400, code, param })
})

function refusalOf(body: unknown): GatewayError {
  try {
    readKeyBody(body)
  } catch (error) {
    if (error instanceof GatewayError) return error
  }
  throw new Error('The body was accepted.')
}
