import type { Exchange, Found, GuardContent } from '#core'

/** Stands for a value while the model works: `<EMAIL_1>`. */
const PLACEHOLDER = /<([A-Z][A-Z0-9_]{1,30}_\d{1,6})>/gi

/** The values of one exchange and what stands for them: the same value, the same placeholder. */
export interface Placeholders {
  /** The placeholder of a value. */
  hide(label: string, value: string): string
  /** Where placeholders of this exchange stand in a text, with their values as masks. */
  findHidden(text: string): Found[]
  /** Takes no placeholder that somebody wrote himself. */
  avoid(content: GuardContent): void
}

// Kept by exchange, not by guard: what one guard hid, another one with other parameters may restore.
const byExchange = new WeakMap<object, Placeholders>()

/** The placeholders of an exchange, which end with it; the tools that its model calls share them. */
export function placeholdersOf(exchange: Exchange): Placeholders {
  let whole: Pick<Exchange, 'parent'> = exchange
  while (whole.parent) whole = whole.parent
  const known = byExchange.get(whole) ?? createPlaceholders()
  byExchange.set(whole, known)
  return known
}

function createPlaceholders(): Placeholders {
  const nameByValue = new Map<string, string>()
  const valueByName = new Map<string, string>()
  const counts = new Map<string, number>()
  const avoided = new Set<string>()

  function nextName(label: string): string {
    const count = (counts.get(label) ?? 0) + 1
    counts.set(label, count)
    const name = `${label}_${count}`
    return avoided.has(name) ? nextName(label) : name
  }

  return {
    hide(label, value) {
      const known = nameByValue.get(value)
      if (known !== undefined) return `<${known}>`
      const name = nextName(label)
      nameByValue.set(value, name)
      valueByName.set(name, value)
      return `<${name}>`
    },
    findHidden(text) {
      const found: Found[] = []
      if (valueByName.size === 0) return found
      for (const { 0: placeholder, 1: name = '', index } of text.matchAll(PLACEHOLDER)) {
        const value = valueByName.get(name.toUpperCase())
        if (value === undefined) continue
        const end = index + placeholder.length
        found.push({ start: index, end, label: 'RESTORED', mask: value })
      }
      return found
    },
    avoid({ segments }) {
      for (const { text } of segments) {
        if (!text.includes('<')) continue
        for (const [, name = ''] of text.matchAll(PLACEHOLDER)) {
          if (!valueByName.has(name.toUpperCase())) avoided.add(name.toUpperCase())
        }
      }
    },
  }
}
