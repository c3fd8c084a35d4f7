import { crc32 } from 'node:zlib'

import { endOfHistograms } from './histograms.ts'
import { groupOf, type Group, type Groups } from './levels.ts'
import type { Turns } from './taking-turns.ts'
import type { PackedGroup } from './tally.ts'

/** Characters of one row, about: short enough to be read without a halt. */
const PART_LENGTH = 64 * 1024
/** Of a group's sums. */
const SUMS_LENGTH = 100
/** Groups that are hashed in no time, and packed. */
const TURN_HASHES = 1000
const TURN_PACKS = 50

/** Some groups as they are kept in a row of `usage_rollups`. */
export interface Part {
  readonly part: number
  readonly from_hash: number
  readonly to_hash: number
  readonly sums: readonly PackedGroup[]
  /** In the same order, without anything between them. */
  readonly histograms: string
}

/** By which part a value is found. */
export function hashOf(value: string): number {
  return crc32(value)
}

/** Cuts groups into parts. */
export async function* pack(
  groups: Groups,
  { turns, hasPrices }: { readonly turns: Turns; readonly hasPrices: boolean },
): AsyncGenerator<Part> {
  const hashed: { group: Group; hash: number }[] = []
  for (const group of groups.values()) {
    hashed.push({ group, hash: hashOf(group.value) })
    if (hashed.length % TURN_HASHES === 0) await turns.next()
  }
  const sorted = hashed.toSorted((a, b) => a.hash - b.hash)
  let sums: PackedGroup[] = []
  let histograms = ''
  let from = sorted[0]?.hash ?? 0
  let length = 0
  let count = 0
  for (const [index, { group, hash }] of sorted.entries()) {
    const packed = group.tally.packHistograms()
    sums.push(packSums(group, hasPrices))
    histograms += packed
    length += packed.length + SUMS_LENGTH
    if (index % TURN_PACKS === 0) await turns.next()
    if (length < PART_LENGTH && index < sorted.length - 1) continue
    yield { part: count++, from_hash: from, to_hash: hash, sums, histograms }
    await turns.next()
    sums = []
    histograms = ''
    length = 0
    from = sorted[index + 1]?.hash ?? 0
  }
}

function packSums({ value, provider, model, tally }: Group, hasPrices: boolean): PackedGroup {
  return [value, provider, model, ...tally.packSums(hasPrices)]
}

/**
 * A part as it is read. The JSON of its sums is parsed when its turn comes: what is parsed is hundreds
 * of objects, which the garbage collector had to carry about meanwhile.
 */
export interface PartText {
  readonly sums: string
  /** Null where nobody asked for them. */
  readonly histograms: string | null
}

/** Adds the groups of a part to others; with -1, takes them out again. */
export function unpack(
  text: PartText,
  add: (group: Pick<Group, 'value' | 'provider' | 'model'>) => Group['tally'] | undefined,
  sign: 1 | -1 = 1,
): void {
  // `pack` wrote them.
  const sums = JSON.parse(text.sums) as Part['sums']
  const { histograms } = text
  let at = 0
  for (const group of sums) {
    const [value, provider, model] = group
    const tally = add({ value, provider, model })
    tally?.addSums(group, sign)
    if (histograms === null) continue
    tally?.addHistograms(histograms, at, sign)
    at = endOfHistograms(histograms, at)
  }
}

/** Adds the groups of a part to those of the same names. */
export function unpackInto(groups: Groups, part: PartText): void {
  unpack(part, ({ value, provider, model }) => groupOf(groups, value, provider, model).tally)
}
