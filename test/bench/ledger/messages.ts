import { ofKind } from '../messages.ts'

/** What the run asks of the gateway that it measures, besides requests. */
export type GatewayOrder =
  | { readonly kind: 'roll-up' }
  /** Begins to watch its event loop, or begins anew. */
  | { readonly kind: 'watch' }
  | { readonly kind: 'tell-delay' }

export const isGatewayOrder = ofKind<GatewayOrder>('roll-up', 'watch', 'tell-delay')

export interface RolledUp {
  readonly kind: 'rolled-up'
  readonly ms: number
}

export const isRolledUp = ofKind<RolledUp>('rolled-up')

/** How long the event loop was held since it is watched. */
export interface LoopDelay {
  readonly kind: 'loop-delay'
  readonly p99Ms: number
  readonly mostMs: number
  /** The same, of its own CPU time: where the machine is busy, the rest of it is waiting for a core. */
  readonly mostCpuMs: number
  /** Of the whole process, all its threads. */
  readonly cpuMs: number
}

export const isLoopDelay = ofKind<LoopDelay>('loop-delay')

/** What the writer did in its time. */
export interface Written {
  readonly kind: 'written'
  readonly rows: number
  readonly seconds: number
  /** Of this process, all its threads, until all rows were stored. */
  readonly cpuSeconds: number
  /** The same, of giving as many rows to nobody: what the measuring itself costs. */
  readonly idleCpuSeconds: number
  /** After the last row was given, until all were stored. */
  readonly drainMs: number
}

export const isWritten = ofKind<Written>('written')
