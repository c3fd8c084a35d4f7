import { requestProblem, type Exchange } from '#core'

import { readKey, type FindCheck } from './condition-keys.ts'
import { readTest } from './operators.ts'

/** Whether an exchange meets a condition. It may have to wait for a check. */
export type Condition = (exchange: Exchange) => Promise<boolean>

const DEEPEST_NESTING = 10
const MOST_CONDITIONS = 500

interface Place {
  readonly path: string
  readonly depth: number
  readonly allowance: { conditions: number }
  readonly findCheck: FindCheck
}

/**
 * Reads the `conditions` of a route: `{"all": […]}`, `{"any": […]}`, or a map of keys and what is asked
 * of them, all of which must hold (`{"all": []}` takes every request); each in a list may be any of these again. They are looked at in
 * order, and only as far as needed. Throws 400 with the path of what is wrong.
 */
export function readConditions(written: unknown, path: string, findCheck: FindCheck): Condition {
  return readOne(written, {
    path,
    depth: 0,
    allowance: { conditions: MOST_CONDITIONS },
    findCheck,
  })
}

function readOne(written: unknown, place: Place): Condition {
  const { path, depth, allowance } = place
  if (typeof written !== 'object' || written === null || Array.isArray(written)) {
    throw requestProblem(path, 'must be an object')
  }
  if (depth > DEEPEST_NESTING) {
    throw requestProblem(path, `is nested deeper than ${DEEPEST_NESTING} conditions`)
  }
  const entries = Object.entries(written)
  allowance.conditions -= entries.length
  if (allowance.conditions < 0) {
    throw requestProblem(path, `makes more than ${MOST_CONDITIONS} conditions in all`)
  }
  return every(entries.map(([key, value]) => readEntry(key, value, place)))
}

function readEntry(key: string, written: unknown, place: Place): Condition {
  const path = `${place.path}.${key}`
  if (key === 'all') return every(readList(written, { ...place, path }))
  if (key === 'any') {
    const options = readList(written, { ...place, path })
    if (options.length > 0) return some(options)
    throw requestProblem(path, 'must have at least one condition')
  }
  const find = readKey(key, path, place.findCheck)
  const test = readTest(written, path)
  return async (exchange) => test(await find(exchange))
}

function readList(written: unknown, place: Place): readonly Condition[] {
  if (!Array.isArray(written)) {
    throw requestProblem(place.path, 'must be a list of conditions')
  }
  return written.map((one, index) =>
    readOne(one, { ...place, path: `${place.path}[${index}]`, depth: place.depth + 1 }),
  )
}

function every(conditions: readonly Condition[]): Condition {
  return async (exchange) => {
    for (const condition of conditions) if (!(await condition(exchange))) return false
    return true
  }
}

function some(conditions: readonly Condition[]): Condition {
  return async (exchange) => {
    for (const condition of conditions) if (await condition(exchange)) return true
    return false
  }
}
