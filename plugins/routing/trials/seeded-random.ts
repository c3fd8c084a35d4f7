import { hash } from 'node:crypto'

/**
 * Numbers from 0 up to 1 that are the same for the same seed: mulberry32, whose state is drawn from
 * the seed. Good enough to draw lots, and for nothing secret.
 */
export function seededRandom(seed: string): () => number {
  let state = Number.parseInt(hash('sha256', seed).slice(0, 8), 16)
  return () => {
    state = (state + 0x6d_2b_79_f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
