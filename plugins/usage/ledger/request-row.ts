import { cacheWrites, type UsageRecord } from '#core'

import type { RowFormat } from './row-group.ts'
import { isStorable, storableText } from './storable-text.ts'

/** The columns of the table `requests` with their types, in the order of the migration. */
export const REQUEST_COLUMNS = {
  request_id: 'text',
  created_at: 'timestamptz',
  trace_id: 'text',
  thread_id: 'text',
  run_id: 'text',
  operation: 'text',
  project_id: 'text',
  key_id: 'text',
  key_prefix: 'text',
  user_id: 'text',
  tags: 'jsonb',
  label: 'text',
  requested_model: 'text',
  provider: 'text',
  model: 'text',
  attempts: 'jsonb',
  status: 'text',
  status_code: 'integer',
  error_code: 'text',
  is_stream: 'boolean',
  finish_reason: 'text',
  time_to_first_token_ms: 'double precision',
  duration_ms: 'double precision',
  overhead_ms: 'double precision',
  tokens_input: 'integer',
  tokens_cached_input: 'integer',
  tokens_cache_write: 'integer',
  tokens_audio_input: 'integer',
  tokens_output: 'integer',
  tokens_reasoning: 'integer',
  tokens_audio_output: 'integer',
  tokens_are_estimated: 'boolean',
  cost: 'numeric',
  prices: 'jsonb',
  explain: 'jsonb',
  purpose: 'text',
  parent_id: 'text',
  cache: 'text',
  instance: 'text',
  user_name: 'text',
  user_tags: 'jsonb',
  guards: 'jsonb',
} as const

/**
 * A row before it is written: a list in the order of the columns. Times are epoch milliseconds; rows
 * that an earlier version left in the spool have them in words (`2026-11-23T10:30:00.000Z`).
 */
export type RequestRow = readonly unknown[]

/** A usage record as its row. The instance is the gateway process that measured it. */
export function toRequestRow(record: UsageRecord, instance: string): RequestRow {
  const { caller, tokens } = record
  return [
    record.requestId,
    record.startedAt,
    record.traceId,
    record.threadId,
    record.runId,
    record.operation,
    caller.projectId,
    caller.keyId,
    caller.keyPrefix,
    record.userId,
    record.tags,
    record.label,
    record.requestedModel,
    record.provider,
    record.model,
    record.attempts,
    record.status,
    record.statusCode,
    record.errorCode,
    record.isStream,
    record.finishReason,
    record.timeToFirstTokenMs,
    record.durationMs,
    record.overheadMs,
    tokens?.input,
    tokens?.cachedInput,
    tokens && cacheWrites(tokens),
    tokens?.audioInput,
    tokens?.output,
    tokens?.reasoning,
    tokens?.audioOutput,
    record.tokensAreEstimated,
    record.cost,
    record.prices,
    record.explain,
    record.purpose,
    record.parentId,
    record.cache,
    instance,
    record.userName,
    record.userTags,
    record.guards,
  ]
}

/** About as many characters as most rows have: to know it, they would have to be written. */
const ROW_LENGTH = 700

/**
 * Rows as JSON, a list each, with commas between them: their names would be the longer half of it.
 * It is the form in which they wait and in which the database reads them, and is written for all rows
 * of a group at once, in half the time.
 */
export const requestFormat: RowFormat<RequestRow> = {
  separator: ',',
  lengthOf: () => ROW_LENGTH,
  join(rows) {
    const json = JSON.stringify(rows)
    return (isStorable(json) ? json : JSON.stringify(rows, toStorable)).slice(1, -1)
  },
  split: (text) => parse(text).map((row) => JSON.stringify(row)),
}

/** When the requests of a group arrived. */
export function createdAtOf(text: string): readonly Date[] {
  return parse(text).map((row) => {
    const at: unknown = Array.isArray(row) ? row[1] : undefined
    return new Date(typeof at === 'number' ? at : String(at))
  })
}

function parse(text: string): readonly unknown[] {
  const rows: unknown = JSON.parse(`[${text}]`)
  return Array.isArray(rows) ? rows : []
}

function toStorable(_name: string, value: unknown): unknown {
  if (typeof value === 'string') return storableText(value)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [storableText(name), field]),
  )
}
