import { requestProblem } from '#core'

import { MASK } from './masked.ts'
import { hasPlaceholder } from './placeholders.ts'

/** A value of a query, or a whole part of it that has no name: many servers take a key there. */
const QUERY_VALUE = /(?<=[?&])([^=&#]*=)?([^&#]+)/g

/** An address as answers show it: the values of its query are secret, placeholders are not. */
export function shownUrl(url: string): string {
  return url.replaceAll(QUERY_VALUE, (part: string, name: string | undefined, value: string) =>
    hasPlaceholder(value) || value === '' ? part : `${name ?? ''}${MASK}`,
  )
}

/** An address as a request gives it: what was shown stands for the stored one. Throws 400. */
export function unshownUrl(given: string, stored: string | undefined, path: string): string {
  if (stored !== undefined && given === shownUrl(stored)) return stored
  const values = [...given.matchAll(QUERY_VALUE)].map(([, , value]) => value)
  if (!values.includes(MASK)) return given
  throw requestProblem(path, `has "${MASK}", which keeps a secret only for the same address`)
}

/** Whether the query of an address holds a value of its own, and not that of a variable. */
export function holdsOwnValues(url: string): boolean {
  return shownUrl(url) !== url
}
