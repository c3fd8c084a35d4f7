import { AsyncLocalStorage } from 'node:async_hooks'

import type { SendOptions } from './connection.ts'

/** What a connection knows of one request while it is under way. */
export interface RequestScope {
  /** Takes what the server tells that belongs to this request. */
  readonly notify: SendOptions['notify']
  /** Answers what the server asks while it works on it. */
  readonly ask: SendOptions['ask']
  /** Runs a function in the context that the request was made in. */
  readonly where: <T>(run: () => T) => T
  /** Ends its HTTP request, when nobody waits for the answer any more. */
  readonly abandoned: AbortController
  /** Takes an answer that came whole, so that the SDK need not read it; false when it must. */
  readonly hear: (message: unknown) => boolean
  /** What was answered already, for the SDK to read. */
  received?: Response | undefined
  /** Why its answer could not be read, where the transport knows it better than the SDK. */
  fault?: Error
}

/**
 * Over HTTP, what a server sends in the answer to a request is read in the request's own asynchronous
 * context. So this says which request a message belongs to, which the message itself does not.
 */
export const requestScope = new AsyncLocalStorage<RequestScope>()

/** Runs a function in no request's context: what it opens outlives the request that needed it first. */
export const outsideRequests = AsyncLocalStorage.snapshot()
