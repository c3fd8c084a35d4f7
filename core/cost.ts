import type { Price, PriceList } from './catalogue.ts'
import { inOnePiece } from './one-piece.ts'
import type { TokenClasses } from './token-classes.ts'
import type { PinnedPrices } from './usage-record.ts'

/**
 * Money is counted in whole pico-dollars (1e-12 USD): a price per million tokens, down to a
 * millionth of a dollar, is a whole number of them per token, so sums are exact.
 */
const PICO_PER_USD = 1e12
const DECIMALS = 12
const PICO_PER_TOKEN_AT_ONE_USD = 1e6

/** The prices that hold for a request with this many input tokens. */
export function pinPrices(list: PriceList, inputTokens: number): PinnedPrices {
  const at = (price: Price | undefined, otherwise: number): number =>
    price === undefined ? otherwise : priceAt(price, inputTokens)
  const input = at(list.input, 0)
  const output = at(list.output, 0)
  const cacheWrite = at(list.cacheWrite, input)
  return {
    input,
    output,
    cachedInput: at(list.cachedInput, input),
    cacheWrite,
    cacheWrite1h: at(list.cacheWrite1h, cacheWrite),
    audioInput: at(list.audioInput, input),
    audioOutput: at(list.audioOutput, output),
    perRequest: list.perRequest ?? 0,
  }
}

function priceAt(price: Price, inputTokens: number): number {
  if (typeof price === 'number') return price
  return price.tiers.reduce(
    (held, tier) => (inputTokens > tier.start ? tier.price : held),
    price.base,
  )
}

/** USD as a decimal string with up to 12 places: the sum over the classes of tokens × price. */
export function costOf(tokens: TokenClasses, prices: PinnedPrices): string {
  const pico =
    Math.round(prices.perRequest * PICO_PER_USD) +
    tokens.input * picoPerToken(prices.input) +
    tokens.cachedInput * picoPerToken(prices.cachedInput) +
    tokens.cacheWrite * picoPerToken(prices.cacheWrite) +
    tokens.cacheWrite1h * picoPerToken(prices.cacheWrite1h) +
    tokens.audioInput * picoPerToken(prices.audioInput) +
    (tokens.output + tokens.reasoning) * picoPerToken(prices.output) +
    tokens.audioOutput * picoPerToken(prices.audioOutput)
  return Number.isSafeInteger(pico) ? toDecimal(String(pico)) : toDecimal(exactSum(tokens, prices))
}

function picoPerToken(price: number): number {
  return Math.round(price * PICO_PER_TOKEN_AT_ONE_USD)
}

/** A tenth of an amount, to the 12th decimal: what an answer costs that was kept. */
export function tenthOf(cost: string): string {
  return toDecimal(String(toPico(cost) / 10n))
}

/** Several amounts together, exactly. */
export function sumOfCosts(costs: readonly string[]): string {
  return toDecimal(String(costs.reduce((sum, cost) => sum + toPico(cost), 0n)))
}

function toPico(cost: string): bigint {
  const [whole = '0', fraction = ''] = cost.split('.')
  return BigInt(whole + fraction.padEnd(DECIMALS, '0'))
}

/** For sums above 9,000 USD, where numbers are no longer exact. */
function exactSum(tokens: TokenClasses, prices: PinnedPrices): string {
  const part = (count: number, price: number): bigint => BigInt(count) * BigInt(picoPerToken(price))
  const pico =
    BigInt(Math.round(prices.perRequest * PICO_PER_USD)) +
    part(tokens.input, prices.input) +
    part(tokens.cachedInput, prices.cachedInput) +
    part(tokens.cacheWrite, prices.cacheWrite) +
    part(tokens.cacheWrite1h, prices.cacheWrite1h) +
    part(tokens.audioInput, prices.audioInput) +
    part(tokens.output + tokens.reasoning, prices.output) +
    part(tokens.audioOutput, prices.audioOutput)
  return pico.toString()
}

function toDecimal(pico: string): string {
  const digits = pico.padStart(DECIMALS + 1, '0')
  const point = digits.length - DECIMALS
  let end = digits.length
  while (end > point && digits[end - 1] === '0') end--
  const whole = digits.slice(0, point)
  return end === point ? whole : inOnePiece(`${whole}.${digits.slice(point, end)}`)
}
