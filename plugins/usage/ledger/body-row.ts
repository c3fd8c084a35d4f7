import type { Finished } from '#core'

import { maskSecrets } from './masking.ts'

/** A body that is longer, without its files, is cut off there. */
const LONGEST_BODY = 256 * 1024

/**
 * What was said in an exchange as a row for the spool, with secrets masked; undefined where nothing
 * is kept: it was refused or blocked, or the client sent `X-Store: false`.
 *
 * Three pieces of JSON between tabs: `[request id, time, project, user]`, the request, the answer.
 * What was not said is empty. The texts are as they came, for nothing is cheaper.
 */
export function toBodyRow(finished: Finished): string | undefined {
  const { exchange, record } = finished
  const { status } = record
  if (status === 'blocked' || status === 'refused' || isUnwanted(exchange.headers['x-store'])) {
    return undefined
  }
  const request = requestText(finished)
  // Vectors say nothing to a reader, and are a hundred times as long as what they are made of.
  const answer = record.operation === 'embeddings' ? undefined : finished.answerText()
  if (request === undefined && answer === undefined) return undefined
  const { requestId, startedAt, caller, userId } = record
  const keys = [requestId, new Date(startedAt).toISOString(), caller.projectId, userId]
  return `${JSON.stringify(keys)}\t${toBody(request)}\t${toBody(answer)}`
}

/** The client's own bytes where nothing changed them: cheaper than writing them anew. */
function requestText({ exchange, request }: Finished): string | undefined {
  if (request === undefined) return undefined
  const isUnchanged = request === exchange.request && exchange.bytes !== undefined
  return isUnchanged ? exchange.bytes?.toString() : JSON.stringify(request)
}

/** In JSON, a tab or the end of a line stands between two values, or the text is none. */
const SEPARATOR = /[\t\n]/
const SEPARATORS = /[\t\n]/g

function toBody(json: string | undefined): string {
  if (json === undefined) return ''
  const masked = maskSecrets(SEPARATOR.test(json) ? json.replace(SEPARATORS, ' ') : json)
  if (masked.length <= LONGEST_BODY) return masked
  const part = masked.slice(0, LONGEST_BODY).toWellFormed()
  return JSON.stringify(`${part} [cut off: ${masked.length} characters]`)
}

function isUnwanted(header: string | string[] | undefined): boolean {
  return header !== undefined && /^\s*(?:false|0|no)\s*$/i.test(String(header))
}

/** A row of the spool, taken apart. */
export interface BodyRow {
  readonly requestId: string
  /** As in the row of the request. */
  readonly createdAt: string
  readonly projectId: string
  readonly userId: string | null
  /** JSON text. */
  readonly request: string | null
  readonly answer: string | null
}

export function fromBodyRow(row: string): BodyRow {
  const [keys = '', request, answer] = row.split('\t')
  // Written above, and checked by the checksum of its line.
  const [requestId, createdAt, projectId, userId] = JSON.parse(keys) as [
    string,
    string,
    string,
    string | null,
  ]
  return {
    requestId,
    createdAt,
    projectId,
    userId,
    request: request || null,
    answer: answer || null,
  }
}
