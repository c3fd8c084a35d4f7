import { findIpv6, findMac, findUrlCredentials, ipv4 } from './addresses.ts'
import { creditCard } from './credit-card.ts'
import { documents } from './documents.ts'
import { findEmail } from './email.ts'
import { iban } from './iban.ts'
import { idsOfTheAmericas, usSsn, usSsnInOnePiece } from './ids-americas.ts'
import { idsOfAsiaAndBeyond } from './ids-asia-and-beyond.ts'
import { idsOfEurope } from './ids-europe.ts'
import { phone, phoneInAsia, phoneInContext } from './phone.ts'
import { labelOf, type Recogniser } from './recogniser.ts'
import { withoutOverlaps, type SureFound } from './sure-found.ts'

type Finder = (text: string) => SureFound[]

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
export const NATIONAL_ID = 'national_id'

/** All names that `pii_types` may hold. */
export const PII_TYPES: readonly string[] = [
  ...new Set([...Object.keys(FINDERS), ...GROUPS.flat().map(({ type }) => type), NATIONAL_ID]),
]

/** Where a number may begin: not inside a word, nor after a decimal point. */
const START = '(?<![\\wÀ-ɏ])(?<!\\d[.,])(?=[A-Z]{0,6}[ -]?\\d|[+(])'
const DIGIT = /\d/
const CONTEXT_LENGTH = 48

/** How far a match may reach, by type, where it is longer than a number is. */
const LONGEST: Readonly<Record<string, number>> = { email: 127, url_credentials: 255 }
const LONGEST_NUMBER = 63

/** Finds personal data in a text. */
export interface PiiFinder {
  /** The finds do not overlap. In time that grows with the length of the text only. */
  readonly find: Finder
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
  for (const group of GROUPS) {
    const recognisers = group.filter(({ type }) => wanted.has(type))
    const inContext = recognisers.filter(({ context }) => context)
    const alone = recognisers.filter(({ context }) => !context)
    if (alone.length > 0) finders.push(createNumberFinder(alone))
    if (inContext.length > 0) finders.push(createContextFinder(inContext))
  }

  return {
    find: (text) => withoutOverlaps(finders.flatMap((find) => find(text))),
    holdback: Math.max(...[...wanted].map((type) => LONGEST[type] ?? LONGEST_NUMBER)) + 1,
  }
}

/** Looks for numbers only in texts that have one of the words that they need. */
function createContextFinder(recognisers: readonly Recogniser[]): Finder {
  const words = recognisers.flatMap(({ context }) => context?.source ?? [])
  const anyContext = new RegExp(words.join('|'), 'i')
  const find = createNumberFinder(recognisers)
  return (text) => (DIGIT.test(text) && anyContext.test(text) ? find(text) : [])
}

/** One pass finds the places where any of the patterns matches; there each is asked again. */
function createNumberFinder(recognisers: readonly Recogniser[]): Finder {
  const sources = recognisers.map(({ pattern }) => pattern.source)
  const anyPattern = new RegExp(`${START}(?=${sources.join('|')})`, 'gi')
  return (text) => {
    const finds: SureFound[] = []
    if (!DIGIT.test(text)) return finds
    anyPattern.lastIndex = 0
    // The match is empty, so it ends where it starts.
    while (anyPattern.test(text)) {
      const start = anyPattern.lastIndex
      for (const recogniser of recognisers) {
        const found = recogniseAt(text, start, recogniser)
        if (found) finds.push(found)
      }
      anyPattern.lastIndex = start + 1
    }
    return finds
  }
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
