/** 1e-12 USD: the last decimal of a cost. */
const PICO_PER_USD = 1e12

/** A sum of costs, exact to the last of 12 decimals: whole dollars, and what is beyond them. */
export class Money {
  #usd = 0
  #pico = 0

  /** Adds a decimal as the database writes it: `0.000015000000`. */
  add(decimal: string): void {
    const point = decimal.indexOf('.')
    if (point === -1) return this.addParts(Number(decimal), 0, 1)
    const fraction = decimal.slice(point + 1)
    this.addParts(
      Number(decimal.slice(0, point)),
      Number(fraction.length === 12 ? fraction : fraction.padEnd(12, '0')),
      1,
    )
  }

  addParts(usd: number, pico: number, sign: 1 | -1): void {
    const sum = this.#pico + sign * pico
    const carry = Math.floor(sum / PICO_PER_USD)
    this.#usd += sign * usd + carry
    this.#pico = sum - carry * PICO_PER_USD
  }

  /** Whole dollars, and pico-dollars from 0 to less than a dollar. */
  get parts(): readonly [usd: number, pico: number] {
    return [this.#usd, this.#pico]
  }

  /** The nearest number to it. */
  toNumber(): number {
    return Number(`${this.#usd}.${String(this.#pico).padStart(12, '0')}`)
  }
}
