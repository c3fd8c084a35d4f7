import type { PoolConfig } from 'pg'

import type { SetupError } from '../setup-error.ts'

/** Where the database lives: the way there, and what to say when there is none. */
export interface DatabaseHome {
  readonly kind: 'postgres' | 'embedded'
  /** A query without an answer for so long has lost its connection; transactions may take longer. */
  readonly longestQueryMs?: number
  /** Makes the database ready to connect to. May be called again after it failed. */
  open(): Promise<PoolConfig>
  /** Puts a lost or refused connection into words for the operator. */
  explain(error: unknown): SetupError
  /** Ends what `open` began, finished or not. */
  close(): Promise<void>
}
