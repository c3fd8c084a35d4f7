import type { ModelOverrides, PluginEntry, PriceList, Timeouts } from '#core'

import type { LogLevel } from '../core/logger.ts'

/** A gateway: its plugins in their order, and what is true for all of them. */
export interface Config {
  readonly server?: {
    /** 8787; `PORT` wins. */
    readonly port?: number
    /** 127.0.0.1; `HOST` wins. `0.0.0.0` takes requests from other machines. */
    readonly host?: string
    /** The largest body of a request; 20 MiB. */
    readonly bodyLimitBytes?: number
    /** How long running requests may go on when the gateway stops; 30 s. */
    readonly shutdownMs?: number
  }
  readonly data?: {
    /** The embedded database, the spool, the lock; `.tapgate`. `TAPGATE_DATA` wins. */
    readonly folder?: string
  }
  readonly database?: {
    /** A PostgreSQL server; without one the embedded database is used. `DATABASE_URL` wins. */
    readonly url?: string
    readonly poolSize?: number
  }
  readonly log?: {
    /** `info`; `LOG_LEVEL` wins. */
    readonly level?: LogLevel
  }
  /** Limits for providers that have none of their own. */
  readonly timeouts?: Partial<Timeouts>
  readonly retries?: {
    /** Further tries of the same target when the request does not say `max_retries`; 2. */
    readonly max?: number
  }
  /** Prices by `provider/model`, in USD per 1,000,000 tokens. They win over the catalogue. */
  readonly prices?: Readonly<Record<string, PriceList>>
  /** What models can do, by `provider/model`, where it is not known: who lacks what a request needs is skipped. */
  readonly models?: ModelOverrides
  /** In the order in which their handlers run. */
  readonly plugins: readonly PluginEntry[]
}

/** Gives the editor the types of a config; the checks are made when the gateway starts. */
export function defineConfig(config: Config): Config {
  return config
}
