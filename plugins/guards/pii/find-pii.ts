import { findIpv6, findMac, findUrlCredentials, ipv4 } from './addresses.ts'
import { creditCard } from './credit-card.ts'
import { documents } from './documents.ts'
import { findEmail } from './email.ts'
import { iban } from './iban.ts'
import { idsOfTheAmericas, usSsn, usSsnInOnePiece } from './ids-americas.ts'
import { idsOfAsiaAndBeyond } from './ids-asia-and-beyond.ts'
import { idsOfEurope } from './ids-europe.ts'
import { numberStarts } from './number-starts.ts'
import { phone, phoneInAsia, phoneInContext } from './phone.ts'
import { labelOf, type Recogniser } from './recogniser.ts'
import { withoutOverlaps, type SureFound } from './sure-found.ts'

/** Finds what begins at `from` or later. */
type Finder = (text: string, from: number) => SureFound[]

const FINDERS: Readonly<Record<string, readonly Finder[]>> = {
  email: [findEmail],
  ip_address: [findIpv6],
  mac_address: [findMac],
  url_credentials: [findUrlCredentials],
}
const NATIONAL_IDS = [...idsOfTheAmericas, ...idsOfEurope, ...idsOfAsiaAndBeyond]
/**
 * Each group is one pass over the text, and one more for those that need a word before them: small
 * groups, because a hit asks all of its group.
 */
const GROUPS: readonly (readonly Recogniser[])[] = [
  [phone, phoneInAsia],
  [creditCard, iban, usSsn, ipv4],
  idsOfTheAmericas,
  idsOfEurope,
  idsOfAsiaAndBeyond,
  [phoneInContext],
  [usSsnInOnePiece],
  documents,
]

/** Every identity number of a country, by one name. */
const NATIONAL_ID = 'national_id'

/** All names that `pii_types` may hold. */
export const PII_TYPES: readonly string[] = [
  ...new Set([...Object.keys(FINDERS), ...GROUPS.flat().map(({ type }) => type), NATIONAL_ID]),
]

const CONTEXT_LENGTH = 48

/** Made once: a hostile text holds thousands of finds. */
const LABELS = new Map(PII_TYPES.map((type) => [type, labelOf(type)]))

/** How far a match may reach, by type, where it is longer than a number is. */
const LONGEST: Readonly<Record<string, number>> = { email: 127, url_credentials: 255 }
const LONGEST_NUMBER = 63

/** Finds personal data in a text. */
export interface PiiFinder {
  /** What begins at `from` or later; the finds do not overlap. In time that grows with the length only. */
  readonly find: (text: string, from?: number) => SureFound[]
  /** The longest match, and the character behind it. */
  readonly holdback: number
}

/** Finds personal data of the named types. */
export function createPiiFinder(types: readonly string[]): PiiFinder {
  const wanted = new Set(
    types.flatMap((type) =>
      type === NATIONAL_ID ? ['ssn', ...NATIONAL_IDS.map((recogniser) => recogniser.type)] : type,
    ),
  )
  const finders = Object.entries(FINDERS).flatMap(([type, some]) => (wanted.has(type) ? some : []))
  const groups = GROUPS.map((group) => group.filter(({ type }) => wanted.has(type)))
    .flatMap((group) => [
      group.filter(({ context }) => context === undefined),
      group.filter(({ context }) => context !== undefined),
    ])
    .filter((group) => group.length > 0)
    .map(toGroup)
  if (groups.length > 0) {
    const anyFormed = anyOf(groups.filter(({ anyContext }) => !anyContext))
    finders.push((text, from) => findNumbers(text, from, { groups, anyFormed }))
  }

  return {
    find: (text, from = 0) => withoutOverlaps(finders.flatMap((find) => find(text, from))),
    holdback: Math.max(...[...wanted].map((type) => LONGEST[type] ?? LONGEST_NUMBER)) + 1,
  }
}

/** Recognisers that are asked one by one only where one of them matches. */
interface Group {
  /** All of them need a word before them, or none does. */
  readonly recognisers: readonly Recogniser[]
  readonly anyPattern: RegExp
  /** Where a text has none of these words, the group has nothing to find. */
  readonly anyContext: RegExp | undefined
}

interface Numbers {
  readonly groups: readonly Group[]
  /** Matches wherever a group does that needs no word in the text. */
  readonly anyFormed: RegExp
}

function anyOf(some: readonly { readonly anyPattern: RegExp }[]): RegExp {
  return new RegExp(some.map(({ anyPattern }) => anyPattern.source).join('|'), 'iy')
}

function toGroup(recognisers: readonly Recogniser[]): Group {
  const sources = recognisers.map(({ pattern }) => pattern.source)
  const contexts = recognisers.flatMap(({ context }) => context?.source ?? [])
  return {
    recognisers,
    anyPattern: new RegExp(sources.join('|'), 'iy'),
    anyContext: contexts.length > 0 ? new RegExp(contexts.join('|'), 'i') : undefined,
  }
}

/** To try so many places takes less time than to look for a word in all of the text. */
const FEW_STARTS = 16

function findNumbers(text: string, from: number, { groups, anyFormed }: Numbers): SureFound[] {
  const finds: SureFound[] = []
  const starts = numberStarts(text, from)
  if (starts.length === 0) return finds
  // Most numbers of a text are nobody's: one look is enough for them.
  const formed = starts.filter((start) => matchesAt(anyFormed, text, start))
  for (const { recognisers, anyPattern, anyContext } of groups) {
    if (starts.length > FEW_STARTS && anyContext?.test(text) === false) continue
    // How far each has found something: what it would find inside of that is no second number.
    const foundTo = recognisers.map(() => 0)
    for (const start of anyContext ? starts : formed) {
      if (!matchesAt(anyPattern, text, start)) continue
      for (const [index, recogniser] of recognisers.entries()) {
        if (start < (foundTo[index] ?? 0)) continue
        const found = recogniseAt(text, start, recogniser)
        if (!found) continue
        finds.push(found)
        foundTo[index] = found.end
      }
    }
  }
  return finds
}

function matchesAt(pattern: RegExp, text: string, start: number): boolean {
  pattern.lastIndex = start
  return pattern.test(text)
}

function recogniseAt(text: string, start: number, recogniser: Recogniser): SureFound | undefined {
  const { type, pattern, confidence, context } = recogniser
  if (!matchesAt(pattern, text, start)) return undefined
  const end = pattern.lastIndex
  if (recogniser.isValid?.(text.slice(start, end)) === false) return undefined
  if (context && !context.test(text.slice(Math.max(0, start - CONTEXT_LENGTH), start))) {
    return undefined
  }
  return { start, end, label: LABELS.get(type) ?? labelOf(type), confidence }
}
