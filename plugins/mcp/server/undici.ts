import { createRequire } from 'node:module'

import type * as Undici from 'undici'

const load = createRequire(import.meta.url)

/** Without the rest of undici, which is large and slow to load. */
export const Agent = load('undici/lib/dispatcher/agent.js') as typeof Undici.Agent
export type Agent = Undici.Agent

export const buildConnector = load('undici/lib/core/connect.js') as typeof Undici.buildConnector
