import type { Besieged, Verdict } from './besieged.ts'

/** Tenants with scripts that are in order, who ask all the while. */
export interface Neighbours {
  /** Stops them and tells how they fared. */
  leave(): Promise<Neighbourhood>
}

export interface Neighbourhood {
  readonly answers: number
  /** Every answer that was not the right one. */
  readonly wrong: readonly (Verdict | string)[]
  /** Sorted. */
  readonly durationsMs: readonly number[]
}

const TENANTS = 10
const MODELS = ['m1', 'm2', 'm3', 'x']

/** Moves tenants in. Half of their requests bring a script, the others name one of the config. */
export async function moveIn(gateway: Besieged, requestsPerSecond: number): Promise<Neighbours> {
  const wrong: (Verdict | string)[] = []
  const durationsMs: number[] = []
  const open = new Set<Promise<void>>()
  let count = 0

  async function askOne(isWarmUp = false): Promise<void> {
    const number = count++
    const tenant = number % TENANTS
    const model = MODELS[number % MODELS.length] ?? 'x'
    const own = `const route = ({ request }) => 'local/' + request.user // of neighbour ${tenant}`
    const script = (number >> 1) % 2 === 0 ? own : 'file:longest'
    try {
      const verdict = await gateway.ask(`neighbour ${tenant}`, script, { user: model })
      if (isWarmUp) return
      durationsMs.push(verdict.durationMs)
      if (verdict.model !== model) wrong.push(verdict)
    } catch (error) {
      wrong.push(String(error))
    }
  }

  // Until each has been seen to behave.
  for (let warmUp = 0; warmUp < TENANTS * 8; warmUp++) await askOne(true)
  const timer = setInterval(() => {
    const asking = askOne().finally(() => open.delete(asking))
    open.add(asking)
  }, 1000 / requestsPerSecond)

  return {
    async leave() {
      clearInterval(timer)
      await Promise.all(open)
      return {
        answers: durationsMs.length,
        wrong,
        durationsMs: durationsMs.toSorted((one, other) => one - other),
      }
    },
  }
}
