import { createRequire } from 'node:module'

import type * as Undici from 'undici'

const load = createRequire(import.meta.url)

/**
 * The parts of undici that every request needs. Whoever imports it as a whole loads its own fetch, WebSocket
 * and cache as well, 87 files of 109: what needs those imports undici at the time that it does.
 */
export const Pool = load('undici/lib/dispatcher/pool.js') as typeof Undici.Pool
export type Pool = Undici.Pool

export const errors = load('undici/lib/core/errors.js') as typeof Undici.errors
