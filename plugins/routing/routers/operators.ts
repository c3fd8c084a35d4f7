import { didYouMean, requestProblem } from '#core'

type Scalar = string | number | boolean | null

/** How a condition compares what it finds with its operand. */
interface Operator {
  /** What the operand has to be, in words. */
  readonly takes: string
  fits(operand: unknown): boolean
  /** The value is never missing. */
  holds(value: unknown, operand: unknown): boolean
}

/** Whether a value that was found meets a condition. */
export type Test = (value: unknown) => boolean

const anyScalar = { takes: 'a text, a number, true, false or null', fits: isScalar }
const orderable = {
  takes: 'a number or a text',
  fits: (operand: unknown): boolean => typeof operand === 'number' || typeof operand === 'string',
}
const MOST_LISTED = 1000
const list = {
  takes: `a list of at most ${MOST_LISTED} texts and numbers`,
  fits: (operand: unknown): boolean =>
    Array.isArray(operand) && operand.length <= MOST_LISTED && operand.every(isScalar),
}

const OPERATORS: Readonly<Record<string, Operator>> = {
  eq: { ...anyScalar, holds: isEqual },
  ne: { ...anyScalar, holds: (value, operand) => !isEqual(value, operand) },
  in: { ...list, holds: isOneOf },
  nin: { ...list, holds: (value, operand) => !isOneOf(value, operand) },
  gt: { ...orderable, holds: (value, operand) => order(value, operand) > 0 },
  gte: { ...orderable, holds: (value, operand) => order(value, operand) >= 0 },
  lt: { ...orderable, holds: (value, operand) => order(value, operand) < 0 },
  lte: { ...orderable, holds: (value, operand) => order(value, operand) <= 0 },
  contains: { ...anyScalar, holds: contains },
}
const SYNONYMS: Readonly<Record<string, string>> = { neq: 'ne' }

/**
 * What a condition asks of a value: `"premium"` (equal to it), or a map of operators that must all
 * hold, `{"$gte": 2, "lt": 5}`. A value that is missing meets none. Throws 400 with the path.
 */
export function readTest(written: unknown, path: string): Test {
  if (isScalar(written)) return whenFound((value) => isEqual(value, written))
  if (typeof written !== 'object' || written === null || Array.isArray(written)) {
    throw requestProblem(path, 'must be a value, or operators with their operands')
  }
  const entries = Object.entries(written)
  if (entries.length === 0) throw requestProblem(path, 'must have at least one operator')
  const tests = entries.map(([word, operand]) => {
    const operator = findOperator(word, `${path}.${word}`)
    if (!operator.fits(operand)) throw requestProblem(`${path}.${word}`, `takes ${operator.takes}`)
    return (value: unknown) => operator.holds(value, operand)
  })
  return whenFound((value) => tests.every((test) => test(value)))
}

function findOperator(word: string, path: string): Operator {
  const name = word.startsWith('$') ? word.slice(1) : word
  const known = SYNONYMS[name] ?? name
  const operator = Object.hasOwn(OPERATORS, known) ? OPERATORS[known] : undefined
  if (operator) return operator
  const names = Object.keys(OPERATORS)
  const hint = didYouMean(name.slice(0, 100), names)
  throw requestProblem(path, `is no operator; there are ${names.join(', ')}${hint}`)
}

function whenFound(test: Test): Test {
  return (value) => value !== undefined && value !== null && test(value)
}

function isScalar(value: unknown): value is Scalar {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value)
}

/** Headers and tags are texts, so that a number equals the text that says it. */
function isEqual(value: unknown, operand: unknown): boolean {
  if (!isScalar(value) || !isScalar(operand) || value === null || operand === null) return false
  if (typeof value === typeof operand) return value === operand
  return typeof value === 'boolean' || typeof operand === 'boolean'
    ? String(value) === String(operand)
    : order(value, operand) === 0
}

function isOneOf(value: unknown, operands: unknown): boolean {
  return Array.isArray(operands) && operands.some((operand) => isEqual(value, operand))
}

/** An element of a list, or a part of a text. */
function contains(value: unknown, operand: unknown): boolean {
  if (Array.isArray(value)) return value.some((element) => isEqual(element, operand))
  return typeof value === 'string' && isScalar(operand) && value.includes(String(operand))
}

/** As numbers where both are, else as texts; NaN, which is neither more nor less, for anything else. */
function order(value: unknown, operand: unknown): number {
  const [a, b] = [toNumber(value), toNumber(operand)]
  if (!Number.isNaN(a) && !Number.isNaN(b)) return a - b
  if (typeof value !== 'string' || typeof operand !== 'string') return Number.NaN
  return value < operand ? -1 : value > operand ? 1 : 0
}

function toNumber(value: unknown): number {
  if (typeof value === 'number') return value
  return typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN
}
