import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, expect, it, vi } from 'vitest'

import { createLogger } from '../../../core/logger.ts'
import { createFlusher, type Flusher } from '../../../plugins/usage/ledger/flusher.ts'
import { createSpool, type Spool } from '../../../plugins/usage/ledger/spool.ts'

/** A store that can be away, and that can be waited for. */
interface Store {
  readonly rows: string[]
  readonly batchSizes: number[]
  isAway: boolean
  tries: number
  holds(count: number): Promise<void>
  wasTried(times: number): Promise<void>
  insert(texts: readonly Buffer[]): Promise<void>
}

const log = createLogger('silent')
let folder: string
let spool: Spool
let store: Store
let flusher: Flusher

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tapgate-flusher-'))
  spool = createSpool(folder, log)
  store = createStore()
  flusher = startFlusher(spool)
})

afterEach(() => {
  vi.useRealTimers()
  rmSync(folder, { recursive: true, force: true })
})

/** In batches of 20 lines, each of 9 bytes, a row of 3 characters, and a newline. */
function startFlusher(from: Spool): Flusher {
  const insert: Store['insert'] = (texts) => store.insert(texts)
  return createFlusher({ what: 'usage', spool: from, log, batchBytes: 20 * 13, insert })
}

function createStore(): Store {
  let onTry = (): void => {}
  async function until(isReached: () => boolean): Promise<void> {
    while (!isReached()) await new Promise<void>((resolve) => (onTry = resolve))
  }
  const self: Store = {
    rows: [],
    batchSizes: [],
    isAway: false,
    tries: 0,
    holds: (count) => until(() => self.rows.length >= count),
    wasTried: (times) => until(() => self.tries >= times),
    async insert(texts) {
      self.tries += 1
      if (!self.isAway) {
        self.rows.push(...texts.map(String))
        self.batchSizes.push(texts.length)
      }
      onTry()
      if (self.isAway) throw new Error('The database is away.')
    },
  }
  return self
}

function add(from: number, to: number): void {
  for (let index = from; index < to; index++) {
    spool.append({ text: String(index + 100), count: 1 })
    flusher.notice(13)
  }
}

const numbers = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => String(i + 100))

it('stores a row by itself, a moment after it came', async () => {
  add(0, 1)
  await store.holds(1)
  expect(store.rows).toEqual(numbers(1))
})

it('does not let a full batch wait for more', async () => {
  vi.useFakeTimers()
  add(0, 19)
  await vi.advanceTimersByTimeAsync(1)
  expect(store.rows).toEqual([])

  add(19, 20)
  await vi.advanceTimersByTimeAsync(1)
  expect(store.rows).toEqual(numbers(20))
})

it('stores rows in batches of about a length', async () => {
  add(0, 70)
  await flusher.flush()
  expect(store.rows).toEqual(numbers(70))
  expect(store.batchSizes).toEqual([20, 20, 20, 10])
})

it('has stored every row that was there when a flush was asked for', async () => {
  add(0, 10)
  const first = flusher.flush()
  add(10, 20)
  await flusher.flush()
  expect(store.rows).toEqual(numbers(20))
  await first
})

it('tries again until the database is back, and then stores each row once', async () => {
  store.isAway = true
  add(0, 700)
  await store.wasTried(2)
  store.isAway = false
  await store.holds(700)
  expect(store.rows).toEqual(numbers(700))
})

it('says at once that a flush fails while the database is away', async () => {
  store.isAway = true
  add(0, 1)
  await expect(flusher.flush()).rejects.toThrow('away')
})

it('stores the rest when it stops, and leaves no file behind', async () => {
  add(0, 3)
  await flusher.stop()
  expect(store.rows).toEqual(numbers(3))
  expect(readdirSync(folder)).toEqual([])
})

it('leaves the rest to the next start when the database is away as it stops', async () => {
  store.isAway = true
  add(0, 3)
  await flusher.stop()
  expect(store.rows).toEqual([])

  store.isAway = false
  const next = startFlusher(createSpool(folder, log))
  next.start()
  await store.holds(3)
  expect(store.rows).toEqual(numbers(3))
  await next.stop()
})
