/**
 * How many characters (UTF-16 units) a pattern of RE2 can match at most; undefined when there is no
 * end to it, or when the pattern has something that this does not know.
 */
export function longestMatch(pattern: string): number | undefined {
  const reader = new PatternReader(pattern)
  const longest = reader.alternatives()
  return reader.isAtEnd && Number.isFinite(longest) ? longest : undefined
}

const REPEAT = /^(?:[*+?]|\{\d+(?:,\d*)?\})\??/
const CLASS = /^\[\^?\]?(?:\[:[^\]]*:\]|\\.|[^\]\\])*\]/s
const GROUP = /^\((?:\?(?:P?<\w+>|[imsU-]*:))?/
const FLAGS = /^\(\?[imsU-]+\)/
const ESCAPE = /^\\(?:[pP](?:\{\^?\w+\}|\w)|x(?:\{[\da-fA-F]+\}|[\da-fA-F]{2})|[^QEC\d])/s
/** A character outside the basic plane has two units. */
const LONGEST_CHARACTER = 2

class PatternReader {
  #rest: string

  constructor(pattern: string) {
    this.#rest = pattern
  }

  get isAtEnd(): boolean {
    return this.#rest === ''
  }

  alternatives(): number {
    let longest = this.#sequence()
    while (this.#take('|')) longest = Math.max(longest, this.#sequence())
    return longest
  }

  #sequence(): number {
    let length = 0
    while (this.#rest !== '' && !/^[|)]/.test(this.#rest)) length += this.#repeated()
    return length
  }

  #repeated(): number {
    const length = this.#atom()
    let times = 1
    for (let repeat = this.#match(REPEAT); repeat; repeat = this.#match(REPEAT)) {
      times *= mostTimes(repeat)
    }
    return length === 0 ? 0 : length * times
  }

  #atom(): number {
    if (this.#match(FLAGS)) return 0
    if (this.#match(GROUP)) {
      const length = this.alternatives()
      return this.#take(')') ? length : Infinity
    }
    if (this.#match(CLASS) || this.#take('.')) return LONGEST_CHARACTER
    if (this.#rest.startsWith('\\')) {
      const escape = this.#match(ESCAPE)
      if (escape === undefined) return this.#giveUp()
      return /^\\[bBAz]/.test(escape) ? 0 : LONGEST_CHARACTER
    }
    const character = this.#match(/^./su)
    if (character === '^' || character === '$') return 0
    return character?.length ?? 0
  }

  #giveUp(): number {
    this.#rest = ''
    return Infinity
  }

  #take(character: string): boolean {
    if (!this.#rest.startsWith(character)) return false
    this.#rest = this.#rest.slice(character.length)
    return true
  }

  #match(form: RegExp): string | undefined {
    const found = form.exec(this.#rest)?.[0]
    if (found !== undefined) this.#rest = this.#rest.slice(found.length)
    return found
  }
}

/** `?` 1, `{2,5}` 5, `*` without end. */
function mostTimes(repeat: string): number {
  if (repeat.startsWith('?')) return 1
  const [, least, comma, most] = /^\{(\d+)(,?)(\d*)/.exec(repeat) ?? []
  if (least === undefined) return Infinity
  if (comma === '') return Number(least)
  return most === '' ? Infinity : Number(most)
}
