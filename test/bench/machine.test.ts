import { describe, expect, it } from 'vitest'

import { layOut, pinCommand } from './machine.ts'

describe('the layout on a machine', () => {
  it('gives mock, gateway and two load processes a core each where there are four', () => {
    expect(layOut([0, 1, 2, 3])).toEqual({
      mock: [0],
      gateway: [1],
      load: [[2], [3]],
      database: [3],
    })
  })

  it('keeps the gateway alone on its core where there are two', () => {
    expect(layOut([4, 5])).toEqual({ mock: [4], gateway: [5], load: [[4]], database: [4] })
  })

  it('pins nothing on a single core', () => {
    expect(layOut([0])).toEqual({ mock: [], gateway: [], load: [[], []], database: [] })
    expect(pinCommand([], ['node', 'a.ts'])).toEqual(['node', 'a.ts'])
  })
})
