import type { GuardContent, GuardStage, Segment } from '../guard.ts'

/** The content as the guards of one stage see it in turn: each reads what the last one left. */
export class EditableContent implements GuardContent {
  readonly stage: GuardStage
  segments: readonly Segment[]
  readonly #changed = new Map<number, string>()

  constructor(stage: GuardStage, segments: readonly Segment[]) {
    this.stage = stage
    this.segments = segments
  }

  /** New texts by index; empty when nothing was changed. */
  get changed(): ReadonlyMap<number, string> {
    return this.#changed
  }

  apply(replacements: ReadonlyMap<number, string>): void {
    for (const [index, text] of replacements) this.#changed.set(index, text)
    this.segments = this.segments.map((segment, index) => {
      const text = replacements.get(index)
      return text === undefined ? segment : { ...segment, text }
    })
  }
}
