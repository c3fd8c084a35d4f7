import { distance } from 'fastest-levenshtein'

/** The known names that a person may have meant, nearest first. A missing provider counts little. */
export function nearestNames(name: string, known: readonly string[], count: number): string[] {
  const wanted = name.toLowerCase()
  return known
    .map((candidate) => ({ candidate, far: howFar(wanted, candidate.toLowerCase()) }))
    .toSorted((a, b) => a.far - b.far || (a.candidate < b.candidate ? -1 : 1))
    .slice(0, count)
    .map(({ candidate }) => candidate)
}

/** To the whole name, or to what stands after its slashes where the wanted name has none. */
function howFar(wanted: string, candidate: string): number {
  const whole = distance(wanted, candidate)
  if (wanted.includes('/') || !candidate.includes('/')) return whole
  return Math.min(whole, distance(wanted, candidate.slice(candidate.lastIndexOf('/') + 1)) + 0.5)
}

/** The one known name that is a slip of the fingers away. */
export function nearName(name: string, known: readonly string[]): string | undefined {
  const [nearest] = nearestNames(name, known, 1)
  if (nearest === undefined) return undefined
  const [a, b] = [name.toLowerCase(), nearest.toLowerCase()]
  if (a.startsWith(b) || b.startsWith(a)) return nearest
  const allowed = Math.max(2, Math.floor(Math.max(a.length, b.length) / 3))
  return distance(a, b) <= allowed ? nearest : undefined
}

/** `; did you mean "regex"?` when a known name is near enough, otherwise nothing. */
export function didYouMean(name: string, known: readonly string[]): string {
  const near = nearName(name, known)
  return near === undefined ? '' : `; did you mean "${near}"?`
}
