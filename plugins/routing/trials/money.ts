/** Money is added in whole pico-dollars (1e-12 USD), so that sums are exact. */
const DECIMALS = 12

/** An amount as the ledger writes it, a decimal string of USD, in pico-dollars. */
export function toPico(cost: string): bigint {
  const [whole = '0', fraction = ''] = cost.split('.')
  return BigInt(whole + fraction.padEnd(DECIMALS, '0').slice(0, DECIMALS))
}

export function toUsd(pico: bigint): number {
  return Number(pico) / 10 ** DECIMALS
}
