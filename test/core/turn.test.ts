import { describe, expect, it } from 'vitest'

import { turnFor } from '../../core/turn.ts'

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('a turn of the event loop', () => {
  it('takes in answers, then writes records, then begins requests, in whatever order they came', async () => {
    const seen: string[] = []
    await Promise.all([
      turnFor('requests').then(() => seen.push('request')),
      turnFor('records').then(() => seen.push('record')),
      turnFor('answers').then(() => seen.push('answer')),
      turnFor('requests').then(() => seen.push('other request')),
    ])
    expect(seen).toEqual(['answer', 'record', 'request', 'other request'])
  })

  it('writes the record of an answer before it is over, however many steps the answer takes', async () => {
    const seen: string[] = []
    const answered = async (): Promise<void> => {
      await turnFor('answers')
      for (let step = 0; step < 20; step++) await Promise.resolve()
      await turnFor('records')
      seen.push('record')
    }
    const requested = turnFor('requests').then(() => seen.push('request'))
    await Promise.all([answered(), requested])
    expect(seen).toEqual(['record', 'request'])
  })

  it('leaves to the next one what comes when its step is over', async () => {
    const seen: string[] = []
    await turnFor('requests')
    const late = turnFor('answers').then(() => seen.push('late answer'))
    expect(seen).toEqual([])
    await nextTurn()
    await late
    expect(seen).toEqual(['late answer'])
  })
})
