import { describe, expect, it, vi } from 'vitest'

import { besiege, type Besieged } from '../../faults/sandbox/besieged.ts'
import { damageOf } from '../../faults/sandbox/goals.ts'
import { flood, sendMutants, type Siege } from '../../faults/sandbox/trials.ts'

// The tests share their machine with others, and a busy one takes its time.
vi.setConfig({ testTimeout: 180_000 })

/** What is more than it may be. */
async function damageBy(attack: (gateway: Besieged) => Promise<Siege>): Promise<unknown> {
  await using gateway = await besiege({ queueWaitMs: 20_000 })
  const siege = await attack(gateway)
  expect(siege.neighbourhood.answers).toBeGreaterThan(20)
  expect(siege.slowestMs).toBeLessThan(25_000)
  return damageOf(siege).flatMap((finding) =>
    finding.measured > finding.most ? [{ ...finding, faults: siege.faults }] : [],
  )
}

// `npm run test:sandbox` sends all of them, and looks at the clock.
describe.runIf(process.platform === 'linux')('a gateway that is sent hostile scripts', () => {
  it('answers all of them at any rate, and serves its other callers', async () => {
    expect(await damageBy((gateway) => flood(gateway, 200, 50))).toEqual([])
  })

  it('answers scripts made at random, and serves its other callers', async () => {
    expect(await damageBy((gateway) => sendMutants(gateway, 150))).toEqual([])
  })
})
