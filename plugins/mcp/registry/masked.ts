import { requestProblem } from '#core'

import { hasPlaceholder } from './placeholders.ts'

/** What stands for a secret in answers; in a request it keeps the secret that is stored. */
export const MASK = '***'

type Texts = Readonly<Record<string, string>>

/** Secrets as answers show them. What only holds `{{VAR}}` is no secret. */
export function masked(secrets: Texts): Texts {
  return Object.fromEntries(
    Object.entries(secrets).map(([name, value]) => [name, hasPlaceholder(value) ? value : MASK]),
  )
}

/** Secrets as a request gives them, with the stored ones where it says `***`. Throws 400. */
export function unmasked(given: Texts, stored: Texts, path: string): Texts {
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => {
      if (value !== MASK) return [name, value]
      const kept = Object.hasOwn(stored, name) ? stored[name] : undefined
      if (kept !== undefined) return [name, kept]
      throw requestProblem(`${path}.${name}`, `is "${MASK}", and there is no value to be kept`)
    }),
  )
}
