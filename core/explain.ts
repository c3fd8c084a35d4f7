import type { Target } from './target.ts'
import { targetName } from './target.ts'

/** What one plugin decided for an exchange, and how long it took. */
export interface ExplainEntry {
  readonly plugin: string
  /** The hook point, or the step of the core: `routing`, `dispatch`. */
  readonly step: string
  readonly micros: number
  /** `passed`, `answered`, `targets: a/b, c/d`, `blocked: …`, `refused: code`. */
  readonly decision: string
}

/**
 * The record of an exchange. Entries keep what was decided; words are made only when asked for. Most
 * requests ask for none: theirs stays empty, and nothing has to be timed for it.
 */
export class Explain {
  readonly isKept: boolean
  readonly #entries: { plugin: string; step: string; micros: number; decided: unknown }[] = []

  constructor(isKept: boolean) {
    this.isKept = isKept
  }

  /** Notes a decision: a sentence, a list of targets, or nothing for a handler that let it pass. */
  add(plugin: string, step: string, micros: number, decided?: string | readonly Target[]): void {
    if (this.isKept) this.#entries.push({ plugin, step, micros, decided })
  }

  entries(): readonly ExplainEntry[] {
    return this.#entries.map(({ plugin, step, micros, decided }) => ({
      plugin,
      step,
      micros: Math.round(micros * 10) / 10,
      decision: toWords(decided),
    }))
  }

  /** One line for a header: `routing/strategies 12µs targets: a/b`, joined by `; `. ASCII only. */
  summary(): string {
    return this.entries()
      .map(({ plugin, step, micros, decision }) => `${step}/${plugin} ${micros}us ${decision}`)
      .join('; ')
      .replaceAll(/[^\x20-\x7e]/g, '?')
      .slice(0, 2000)
  }
}

function toWords(decided: unknown): string {
  if (typeof decided === 'string') return decided
  if (Array.isArray(decided)) return `targets: ${decided.map(targetName).join(', ') || 'none'}`
  return 'passed'
}
