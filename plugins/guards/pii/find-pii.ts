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
/** Each group is one pass over the text: small groups, because a hit asks all of its group. */
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
    .filter((group) => group.length > 0)
    .map(toGroup)
  if (groups.length > 0) finders.push((text, from) => findNumbers(text, from, groups))

  return {
    find: (text, from = 0) => withoutOverlaps(finders.flatMap((find) => find(text, from))),
    holdback: Math.max(...[...wanted].map((type) => LONGEST[type] ?? LONGEST_NUMBER)) + 1,
  }
}

/** Recognisers that are asked one by one only where one of them matches. */
interface Group {
  readonly recognisers: readonly Recogniser[]
  readonly anyPattern: RegExp
  /** Where a text has none of these words, the group has nothing to find. */
  readonly anyContext: RegExp | undefined
}

function toGroup(recognisers: readonly Recogniser[]): Group {
  const sources = recognisers.map(({ pattern }) => pattern.source)
  const contexts = recognisers.flatMap(({ context }) => context?.source ?? [])
  const needsContext = contexts.length === recognisers.length
  return {
    recognisers,
    anyPattern: new RegExp(sources.join('|'), 'iy'),
    anyContext: needsContext ? new RegExp(contexts.join('|'), 'i') : undefined,
  }
}

/** To try so many places takes less time than to look for a word in all of the text. */
const FEW_STARTS = 16

function findNumbers(text: string, from: number, groups: readonly Group[]): SureFound[] {
  const finds: SureFound[] = []
  const starts = numberStarts(text, from)
  if (starts.length === 0) return finds
  for (const { recognisers, anyPattern, anyContext } of groups) {
    if (starts.length > FEW_STARTS && anyContext?.test(text) === false) continue
    for (const start of starts) {
      anyPattern.lastIndex = start
      if (!anyPattern.test(text)) continue
      for (const recogniser of recognisers) {
        const found = recogniseAt(text, start, recogniser)
        if (found) finds.push(found)
      }
    }
  }
  return finds
}

function recogniseAt(text: string, start: number, recogniser: Recogniser): SureFound | undefined {
  const { type, pattern, confidence, context } = recogniser
  pattern.lastIndex = start
  if (!pattern.test(text)) return undefined
  const end = pattern.lastIndex
  if (recogniser.isValid?.(text.slice(start, end)) === false) return undefined
  if (context && !context.test(text.slice(Math.max(0, start - CONTEXT_LENGTH), start))) {
    return undefined
  }
  return { start, end, label: labelOf(type), confidence }
}
