import { createHash } from 'node:crypto'

import type { Attempt, GuardReport } from '#core'

/** A row of the ledger, as far as a trace tells of it. */
export interface TracedRow {
  readonly request_id: string
  readonly parent_id: string | null
  readonly created_at: Date
  readonly trace_id: string
  readonly thread_id: string
  readonly run_id: string
  readonly operation: string
  readonly purpose: string
  readonly label: string | null
  readonly tags: Readonly<Record<string, string>>
  readonly user_id: string | null
  readonly requested_model: string | null
  readonly provider: string | null
  readonly model: string | null
  readonly attempts: readonly Attempt[]
  readonly guards: readonly GuardReport[] | null
  readonly explain:
    | readonly { plugin: string; step: string; micros: number; decision: string }[]
    | null
  readonly cache: string | null
  readonly status: string
  readonly status_code: number
  readonly error_code: string | null
  readonly is_stream: boolean
  readonly finish_reason: string | null
  readonly time_to_first_token_ms: number | null
  readonly duration_ms: number
  readonly input_tokens: number | null
  readonly output_tokens: number | null
  readonly cost: string | null
}

/** One step of a trace. Times in epoch microseconds, as LangDB writes them. */
export interface Span {
  readonly span_id: string
  readonly parent_span_id: string | null
  readonly trace_id: string
  readonly thread_id: string
  readonly run_id: string
  readonly operation_name: OperationName
  readonly start_time_us: number
  readonly finish_time_us: number
  readonly attribute: Readonly<Record<string, unknown>>
}

/** LangDB's names of what is done. */
export type OperationName =
  | 'api_invoke'
  | 'request_routing'
  | 'guard_evaluation'
  | 'cache'
  | 'model_call'
  | 'attempt'
  | 'tool'

export const OPERATION_NAMES: readonly OperationName[] = [
  'api_invoke',
  'request_routing',
  'guard_evaluation',
  'cache',
  'model_call',
  'attempt',
  'tool',
]

/** A step as it is written down below: what it is, when, and beneath which other. */
interface Step {
  readonly name: OperationName
  /** Which one of those with this name; the first when nothing is said. */
  readonly index?: number
  /** One of its own, instead of one by name and index. */
  readonly id?: string
  readonly startUs: number
  readonly endUs: number
  readonly attribute: Span['attribute']
  /** The request when nothing is said. */
  readonly parent?: string | null
}

type MakeSpan = (step: Step) => Span

/** The spans of one exchange: the request, and beneath it what was done for it. */
export function spansOf(row: TracedRow): readonly Span[] {
  const startUs = row.created_at.getTime() * 1000
  const endUs = startUs + Math.round(row.duration_ms * 1000)
  const rootId = spanId(row.request_id, 'api_invoke', 0)
  const span: MakeSpan = ({ name, index = 0, id, parent = rootId, ...step }) => ({
    span_id: id ?? spanId(row.request_id, name, index),
    parent_span_id: parent,
    trace_id: row.trace_id,
    thread_id: row.thread_id,
    run_id: row.run_id,
    operation_name: name,
    start_time_us: step.startUs,
    finish_time_us: step.endUs,
    attribute: step.attribute,
  })
  // A question of the gateway's own stands beneath the request for whose sake it was asked.
  const parent = row.parent_id === null ? null : spanId(row.parent_id, 'api_invoke', 0)
  const root = span({
    name: isToolCall(row) ? 'tool' : 'api_invoke',
    id: rootId,
    startUs,
    endUs,
    attribute: { ...rootAttributes(row), ...(isToolCall(row) ? toolAttributes(row) : {}) },
    parent,
  })

  const guards = (row.guards ?? []).map((guard, index) => {
    const lengthUs = Math.round(guard.micros)
    const at = guard.stage === 'input' ? startUs : Math.max(startUs, endUs - lengthUs)
    return span({
      name: 'guard_evaluation',
      index,
      startUs: at,
      endUs: at + lengthUs,
      attribute: { ...guard },
    })
  })
  const routing = (row.explain ?? [])
    .filter(({ step }) => step === 'routing')
    .map(({ plugin, micros, decision }, index) =>
      span({
        name: 'request_routing',
        index,
        startUs,
        endUs: startUs + Math.round(micros),
        attribute: { plugin, decision },
      }),
    )
  const cache =
    row.cache === null
      ? []
      : [span({ name: 'cache', startUs, endUs: startUs, attribute: { cache: row.cache } })]
  return [root, ...routing, ...guards, ...cache, ...modelCall(row, span, endUs)]
}

/** The call of the model, and each try of a target beneath it. */
function modelCall(row: TracedRow, span: MakeSpan, endUs: number): readonly Span[] {
  const [first] = row.attempts
  if (!first || isToolCall(row)) return []
  const call = span({
    name: 'model_call',
    startUs: first.startedAt * 1000,
    endUs,
    attribute: {
      provider_name: row.provider,
      model_name: row.model,
      cost: row.cost === null ? null : Number(row.cost),
      usage: { input_tokens: row.input_tokens, output_tokens: row.output_tokens },
      ttft:
        row.time_to_first_token_ms === null ? null : Math.round(row.time_to_first_token_ms * 1000),
      finish_reason: row.finish_reason,
      error: row.error_code,
    },
  })
  const attempts = row.attempts.map((attempt, index) =>
    span({
      name: 'attempt',
      index,
      startUs: attempt.startedAt * 1000,
      endUs: Math.round((attempt.startedAt + attempt.durationMs) * 1000),
      attribute: {
        provider_name: attempt.provider,
        model_name: attempt.model,
        status: attempt.status ?? null,
        error: attempt.errorCode ?? null,
      },
      parent: call.span_id,
    }),
  )
  return [call, ...attempts]
}

/** Whether a tool was called, by a client or by a model: no model was asked. */
export function isToolCall({ operation }: Pick<TracedRow, 'operation'>): boolean {
  return operation === 'execute_tool'
}

function toolAttributes(row: TracedRow): Span['attribute'] {
  const { provider: server, model: tool, cost } = row
  return { mcp_server: server, tool_name: tool, cost: cost === null ? null : Number(cost) }
}

function rootAttributes(row: TracedRow): Span['attribute'] {
  return {
    request_id: row.request_id,
    operation: row.operation,
    purpose: row.purpose,
    label: row.label,
    tags: row.tags,
    user_id: row.user_id,
    request_model: row.requested_model,
    status: row.status,
    status_code: row.status_code,
    error: row.error_code,
    stream: row.is_stream,
  }
}

/** 16 hexadecimal digits, as W3C trace context and OpenTelemetry write them; the same each time. */
function spanId(requestId: string, name: string, index: number): string {
  return createHash('sha256').update(`${requestId}/${name}/${index}`).digest('hex').slice(0, 16)
}
