import type { Finished, UsageRecord } from '#core'

import { maskSecrets } from './masking.ts'
import type { RowFormat } from './row-group.ts'
import { storableText } from './storable-text.ts'

/** A body that is longer, without its files, is cut off there. */
const LONGEST_BODY = 256 * 1024

/**
 * What was said in an exchange as a row for the spool, with secrets masked; undefined where nothing
 * is kept: it was refused or blocked, or the client sent `X-Store: false`.
 *
 * Cells between tabs: the request's id, its time in epoch milliseconds, project, user, and the JSON
 * texts of request and answer, as they came, for nothing is cheaper. What there is not is empty.
 */
export function toBodyRow(finished: Finished): string | undefined {
  const { exchange, record } = finished
  const { status } = record
  if (status === 'blocked' || status === 'refused' || isUnwanted(exchange.headers['x-store'])) {
    return undefined
  }
  const request = requestText(finished)
  // Vectors say nothing to a reader, and are a hundred times as long as what they are made of.
  const isKept = record.operation !== 'embeddings' && !wasRestored(record)
  const answer = isKept ? finished.answerText() : undefined
  if (request === undefined && answer === undefined) return undefined
  const { requestId, startedAt, caller, userId } = record
  const user = userId === null ? '' : JSON.stringify(storableText(userId))
  return `${requestId}\t${startedAt}\t${caller.projectId}\t${user}\t${toBody(request)}\t${toBody(answer)}`
}

/** A guard put the caller's personal data back, which it had kept from the model: they are kept from here too. */
function wasRestored({ guards }: UsageRecord): boolean {
  return guards?.some(({ labels }) => 'RESTORED' in labels) ?? false
}

/** The client's own text where nothing changed it: cheaper than writing it anew. */
function requestText({ exchange, request }: Finished): string | undefined {
  if (request === exchange.request && exchange.text !== undefined) return exchange.text
  return request && JSON.stringify(request)
}

function toBody(json: string | undefined): string {
  if (json === undefined) return ''
  const masked = maskSecrets(onOneLine(json))
  if (masked.length <= LONGEST_BODY) return masked
  const part = masked.slice(0, LONGEST_BODY).toWellFormed()
  return JSON.stringify(`${part} [cut off: ${masked.length} characters]`)
}

/** A tab and the end of a line stand between two values of JSON only, and here between two cells. */
function onOneLine(json: string): string {
  return json.includes('\n') || json.includes('\t') ? json.replaceAll(/[\t\n]/g, ' ') : json
}

function isUnwanted(header: string | string[] | undefined): boolean {
  return header !== undefined && /^\s*(?:false|0|no)\s*$/i.test(String(header))
}

/** It stands in no JSON as it is, which has an escape for it. */
const BETWEEN_ROWS = '\x1e'

/** Rows with a record separator between them. */
export const bodyFormat: RowFormat<string> = {
  separator: BETWEEN_ROWS,
  lengthOf: (row) => row.length,
  join: (rows) => rows.join(BETWEEN_ROWS),
  split: (text) => text.split(BETWEEN_ROWS),
}

/** When the requests of a group arrived. */
export function createdAtOfBody(text: string): readonly Date[] {
  return bodyFormat.split(text).map((row) => new Date(Number(row.split('\t', 2)[1])))
}
