/** The hazards of MLCommons, as Llama Guard 3 and 4 count them. */
export const HAZARDS: Readonly<Record<string, string>> = {
  S1: 'violent crimes',
  S2: 'non-violent crimes',
  S3: 'sex crimes',
  S4: 'child exploitation',
  S5: 'defamation',
  S6: 'specialized advice',
  S7: 'privacy',
  S8: 'intellectual property',
  S9: 'indiscriminate weapons',
  S10: 'hate',
  S11: 'self-harm',
  S12: 'sexual content',
  S13: 'elections',
  S14: 'code interpreter abuse',
}

export interface Rating {
  readonly isSafe: boolean
  /** `S1`. */
  readonly hazards: readonly string[]
}

/** What the model said: `safe`, or `unsafe`, a new line and `S1,S10`. Undefined for all else. */
export function readRating(said: unknown): Rating | undefined {
  if (typeof said !== 'string') return undefined
  const [word, list = '', ...more] = said.trim().split(/\s*\n\s*/)
  if (more.length > 0) return undefined
  if (word === 'safe' && list === '') return { isSafe: true, hazards: [] }
  if (word !== 'unsafe') return undefined
  const hazards = list === '' ? [] : list.split(',').map((one) => one.trim().toUpperCase())
  if (!hazards.every((one) => /^S\d{1,2}$/.test(one))) return undefined
  return { isSafe: false, hazards }
}
