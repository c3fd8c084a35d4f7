import { describe, expect, it } from 'vitest'

import { whenNeeded } from '../../../plugins/mcp/server/when-needed.ts'

describe('what is made when it is needed', () => {
  it('is not made before', () => {
    const needed = whenNeeded(() => Promise.reject(new Error('Nobody needs it.')))
    expect(needed.made()).toBeUndefined()
  })

  it('is made once, for all who ask while it is made and later', async () => {
    let count = 0
    const needed = whenNeeded(async () => ++count)
    expect(await Promise.all([needed.get(), needed.get(), needed.made()])).toEqual([1, 1, 1])
    expect(await needed.get()).toBe(1)
  })

  it('is tried again after it failed', async () => {
    let isReady = false
    const needed = whenNeeded(async () => {
      if (!isReady) throw new Error('Not now.')
      return 'made'
    })
    await expect(Promise.all([needed.get(), needed.get()])).rejects.toThrow('Not now.')
    expect(needed.made()).toBeUndefined()
    isReady = true
    expect(await needed.get()).toBe('made')
  })
})
