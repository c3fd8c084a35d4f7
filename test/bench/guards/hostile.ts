import { HOSTILE_PIECES, hostileText } from '../../plugins/guards/hostile-texts.ts'
import type { LocalCheck } from '../../plugins/guards/local-check.ts'
import { medianMicros, micros } from './time.ts'

const SUSPECTS = 3
const REPEATS = 5

/**
 * How long a guard takes for the worst of the hostile texts of 100,000 characters. Each is tried twice,
 * and those that took longest again, so that a pause of the machine is not taken for a hard text.
 */
export function worstHostileMicros(check: LocalCheck): number {
  const tried = HOSTILE_PIECES.map((piece) => {
    const text = hostileText(piece)
    const look = (): void => void check(text)
    return { look, micros: Math.min(micros(look), micros(look)) }
  })
  const suspects = tried.toSorted((one, other) => other.micros - one.micros).slice(0, SUSPECTS)
  return Math.max(...suspects.map(({ look }) => medianMicros(look, REPEATS)))
}
