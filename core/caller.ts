/** What a key may do. `operator` is the person who runs the gateway. */
export type Scope = 'read' | 'write' | 'admin' | 'operator'

/** Who sends a request. */
export interface Caller {
  /** Absent when the gateway asks for no key. */
  readonly keyId?: string
  /** The first letters of the key, enough to recognise it by. */
  readonly keyPrefix?: string
  /** Everything stored belongs to a project; nothing of one is seen by another. */
  readonly projectId: string
  readonly scopes: readonly Scope[]
}

/** Who calls when no plugin asks for keys, and for whom the gateway asks when it asks for nobody. */
export const ANYBODY: Caller = {
  projectId: '00000000-0000-0000-0000-000000000000',
  scopes: ['read', 'write', 'admin', 'operator'],
}
