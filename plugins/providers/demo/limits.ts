import { estimateTokenCount, sliceByTokens } from 'tokenx'

import { GatewayError } from '#core'

import type { Reply } from './reply.ts'

/** The limits of a request: what chat and text completions have in common. */
export interface Limits {
  readonly maxTokens: number | undefined
  readonly stops: readonly string[]
  /** How many answers are wanted. */
  readonly count: number
}

const MOST_ANSWERS = 128

/** The limits from the fields of a request. Throws `invalid_parameter`. */
export function readLimits(request: {
  readonly max_tokens?: unknown
  readonly max_completion_tokens?: unknown
  readonly stop?: unknown
  readonly n?: unknown
}): Limits {
  const limit = request.max_completion_tokens ?? request.max_tokens ?? undefined
  const { stop } = request
  const stops: readonly unknown[] = Array.isArray(stop) ? stop : [stop]
  return {
    maxTokens: limit === undefined ? undefined : wholeNumber('max_tokens', limit, [1, 1_000_000]),
    stops: stops.filter((text) => typeof text === 'string').filter((text) => text !== ''),
    count: wholeNumber('n', request.n ?? 1, [1, MOST_ANSWERS]),
  }
}

/** A whole number between two others, both included. Throws `invalid_parameter`. */
export function wholeNumber(
  name: string,
  value: unknown,
  [least, most]: readonly [number, number],
): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) {
    return value
  }
  const message = `"${name}" must be a whole number between ${least} and ${most}.`
  throw new GatewayError('invalid_parameter', message, { param: name })
}

/** The reply as far as the limits let it come. Tool calls are never cut. */
export function withinLimits(reply: Reply, { maxTokens, stops }: Limits): Reply {
  const ends = stops.map((stop) => reply.text.indexOf(stop)).filter((end) => end >= 0)
  const text = ends.length > 0 ? reply.text.slice(0, Math.min(...ends)) : reply.text
  const spoken = { ...reply, text }
  if (maxTokens === undefined || estimateTokenCount(text) <= maxTokens) return spoken
  return { ...spoken, text: sliceByTokens(text, 0, maxTokens), finishReason: 'length' }
}
