import type { UsageRecord } from '#core'

import { storableText, UNSTORABLE } from './storable-text.ts'

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
 * A usage record as the JSON text of its row: the form in which it waits and in which it is
 * inserted. A list in the order of the columns, for their names would be the longer half of it. The
 * instance is the gateway process that measured it.
 */
export function toRequestRow(record: UsageRecord, instance: string): string {
  const { caller, tokens } = record
  const row = [
    record.requestId,
    new Date(record.startedAt).toISOString(),
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
    tokens?.cacheWrite,
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
  const json = JSON.stringify(row)
  return UNSTORABLE.test(json) ? JSON.stringify(row, toStorable) : json
}

/** When the request of a row arrived. */
export function createdAtOf(row: string): Date {
  const cells: unknown = JSON.parse(row)
  return new Date(Array.isArray(cells) ? String(cells[1]) : Number.NaN)
}

function toStorable(_name: string, value: unknown): unknown {
  if (typeof value === 'string') return storableText(value)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [storableText(name), field]),
  )
}
