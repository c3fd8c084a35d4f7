import { ofKind } from '../messages.ts'

/** The guards that read a whole text. */
export const localGuardNames = [
  'pii',
  'secrets',
  'prompt_injection',
  'url_allowlist',
  'code_block',
  'competitors',
  'topic',
  'language',
  'profanity',
  'length',
] as const

export type LocalGuardName = (typeof localGuardNames)[number]

/** The guards that read a stream through a window. */
export const windowedGuardNames = ['pii', 'keywords', 'regex'] as const

export type WindowedGuardName = (typeof windowedGuardNames)[number]

/** How often each thing is done; medians count. */
export interface GuardsPlan {
  readonly smallTexts: number
  readonly largeTexts: number
  readonly streams: number
}

/** The child is told to measure. */
export interface MeasureGuards extends GuardsPlan {
  readonly kind: 'measure-guards'
}

/** What guards cost. */
export interface GuardCosts {
  readonly kind: 'guard-costs'
  /** All of them, one after the other, on a text of 1 KB and of 100 KB. */
  readonly smallMicros: number
  readonly largeMicros: number
  readonly smallMicrosOf: Readonly<Record<LocalGuardName, number>>
  readonly chunkMicrosOf: Readonly<Record<WindowedGuardName, number>>
  /** The worst of the hostile texts. */
  readonly hostileMicrosOf: Readonly<Record<LocalGuardName, number>>
}

export const isMeasureGuards = ofKind<MeasureGuards>('measure-guards')
export const isGuardCosts = ofKind<GuardCosts>('guard-costs')
