import { randomInt } from 'node:crypto'

const LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789'
const RANDOM_LETTERS = 8

/** `word_count_bd4bdnun`: the template or the kind, and eight random letters. */
export function newGuardId(madeFrom: string): string {
  const random = Array.from({ length: RANDOM_LETTERS }, () => LETTERS[randomInt(LETTERS.length)])
  return `${madeFrom.replaceAll(/\W/g, '_')}_${random.join('')}`
}
