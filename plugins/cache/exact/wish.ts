import { createCheck, GatewayError } from '#core'

/** What a request wants of the cache. */
export interface CacheWish {
  readonly ttlMs: number
}

const LONGEST_SECONDS = 30 * 86_400

const check = createCheck({
  type: 'object',
  additionalProperties: false,
  properties: {
    type: { type: 'string' },
    expiration_time: { type: 'integer', minimum: 1, maximum: LONGEST_SECONDS },
  },
})

/**
 * Reads `{ "type": "exact", "expiration_time": 1200 }` (seconds); undefined when nothing is wanted.
 * Throws 400.
 */
export function readWish(value: unknown, defaultSeconds: number): CacheWish | undefined {
  if (value === undefined || value === null || value === false) return undefined
  const wish = value === true ? {} : value
  const [problem] = check(wish)
  if (problem) {
    const path = ['cache', problem.path].filter(Boolean).join('.')
    throw new GatewayError('invalid_parameter', `"${path}" ${problem.message}.`, { param: path })
  }
  const { type = 'exact', expiration_time: seconds = defaultSeconds } = wish as {
    type?: string
    expiration_time?: number
  }
  if (type !== 'exact') {
    const message = `A cache of type "${type.slice(0, 64)}" is not kept here; "exact" is.`
    throw new GatewayError('unsupported_parameter', message, { param: 'cache.type' })
  }
  return { ttlMs: seconds * 1000 }
}
