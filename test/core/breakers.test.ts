import { afterEach, beforeEach, expect, it, vi } from 'vitest'

import { createBreakers, type Breakers } from '../../core/breakers.ts'
import { GatewayError } from '../../core/errors.ts'
import { createLogger } from '../../core/logger.ts'

let breakers: Breakers
let lines: string[]

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] })
  lines = []
  breakers = createBreakers(createLogger('info', { write: (line) => void lines.push(line) }))
})
afterEach(() => void vi.useRealTimers())

const wait = (ms: number): void => void vi.advanceTimersByTime(ms)

async function call(outcome: Promise<unknown> | Error): Promise<void> {
  const watched = breakers.begin('up')
  if (outcome instanceof Error) watched.fail(outcome)
  else await outcome.then(() => watched.succeed())
  wait(1)
}

const broken = (): GatewayError => new GatewayError('upstream_error', 'It answered 500.')

async function makeIll(): Promise<void> {
  for (let count = 0; count < 5; count++) await call(broken())
}

it('opens when a provider is ill, and says so once', async () => {
  await makeIll()
  await call(broken())
  expect(breakers.isOpen('up')).toBe(true)
  expect(breakers.isOpen('other')).toBe(false)
  expect(lines).toHaveLength(1)
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ provider: 'up', lastFault: 'upstream_error' })
})

it('does not open for what the caller did wrong', async () => {
  for (let count = 0; count < 50; count++) {
    await call(new GatewayError('upstream_rejected', 'It is of no use.'))
  }
  expect(breakers.isOpen('up')).toBe(false)
})

it('is tested by one call when the rest is over, and closes when that is answered', async () => {
  await makeIll()
  wait(29_990)
  expect(breakers.isOpen('up')).toBe(true)
  wait(20)
  expect(breakers.isOpen('up')).toBe(false)
  const { promise, resolve } = Promise.withResolvers<void>()
  const test = call(promise)
  expect(breakers.isOpen('up')).toBe(true)
  resolve()
  await test
  expect(breakers.isOpen('up')).toBe(false)
  for (let count = 0; count < 4; count++) await call(broken())
  expect(breakers.isOpen('up')).toBe(false)
})

it('lets a provider rest twice as long when the test fails, up to five minutes', async () => {
  await makeIll()
  for (const restMs of [30_000, 60_000, 120_000, 240_000, 300_000, 300_000]) {
    wait(restMs - 100)
    expect(breakers.isOpen('up')).toBe(true)
    wait(200)
    expect(breakers.isOpen('up')).toBe(false)
    await call(broken())
  }
})

it('closes at once when somebody who had no other choice was answered', async () => {
  await makeIll()
  await call(Promise.resolve())
  expect(breakers.isOpen('up')).toBe(false)
  expect(lines).toHaveLength(2)
})

it('does not close for an answer to what was asked before', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const early = call(promise)
  wait(5)
  await makeIll()
  resolve()
  await early
  expect(breakers.isOpen('up')).toBe(true)
})
