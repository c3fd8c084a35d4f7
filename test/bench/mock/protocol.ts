import { ofKind } from '../messages.ts'
import type { StreamShape } from './answers.ts'

/** What the mock is told: how its streams look from now on, or to say how many events it has sent. */
export type MockCommand = { kind: 'shape'; shape: StreamShape } | { kind: 'count' }

/** How many events of streams the mock has sent since it started. */
export interface MockCount {
  readonly kind: 'count'
  readonly sentEvents: number
}

export const isMockCommand = ofKind<MockCommand>('shape', 'count')
export const isMockCount = ofKind<MockCount>('count')
