import { isToolCall, type TracedRow } from './span.ts'

/** Requests that belong together, as LangDB tells a run. Times in epoch microseconds. */
export interface GroupJson {
  readonly thread_ids: readonly string[]
  readonly trace_ids: readonly string[]
  readonly run_ids: readonly string[]
  readonly labels: readonly string[]
  readonly request_models: readonly string[]
  readonly used_models: readonly string[]
  /** How often models answered; a request that none answered counts for one. */
  readonly llm_calls: number
  readonly tool_calls: number
  /** USD; null when no cost is known. */
  readonly cost: number | null
  readonly input_tokens: number
  readonly output_tokens: number
  readonly start_time_us: number
  readonly finish_time_us: number
  readonly errors: readonly string[]
}

/** A request, as far as a group tells of it. */
export type GroupedRow = Pick<
  TracedRow,
  | 'created_at'
  | 'trace_id'
  | 'thread_id'
  | 'run_id'
  | 'operation'
  | 'label'
  | 'requested_model'
  | 'provider'
  | 'model'
  | 'attempts'
  | 'status'
  | 'error_code'
  | 'duration_ms'
  | 'cost'
  | 'input_tokens'
  | 'output_tokens'
>

/** Adds up some requests. */
export function toGroup(rows: readonly GroupedRow[]): GroupJson {
  const costs = rows.flatMap(({ cost }) => (cost === null ? [] : Number(cost)))
  const starts = rows.map((row) => row.created_at.getTime() * 1000)
  const ofModels = rows.filter((row) => !isToolCall(row))
  const ends = rows.map((row) => (row.created_at.getTime() + row.duration_ms) * 1000)
  return {
    thread_ids: distinct(rows.map((row) => row.thread_id)),
    trace_ids: distinct(rows.map((row) => row.trace_id)),
    run_ids: distinct(rows.map((row) => row.run_id)),
    labels: distinct(rows.map((row) => row.label)),
    request_models: distinct(ofModels.map((row) => row.requested_model)),
    used_models: distinct(
      ofModels.map(({ provider, model }) => (provider && model ? `${provider}/${model}` : null)),
    ),
    llm_calls: sum(ofModels.map(llmCalls)),
    tool_calls: rows.length - ofModels.length,
    cost: costs.length === 0 ? null : Number(sum(costs).toFixed(12)),
    input_tokens: sum(rows.map((row) => row.input_tokens ?? 0)),
    output_tokens: sum(rows.map((row) => row.output_tokens ?? 0)),
    start_time_us: Math.min(...starts),
    finish_time_us: Math.round(Math.max(...ends)),
    errors: distinct(rows.map((row) => (row.status === 'success' ? null : row.error_code))),
  }
}

/** One for each turn: tools of the gateway are called between them. */
function llmCalls({ attempts }: GroupedRow): number {
  const answered = attempts.filter(({ errorCode }) => errorCode === undefined).length
  return attempts.length === 0 ? 0 : Math.max(1, answered)
}

function distinct(values: readonly (string | null)[]): readonly string[] {
  return [...new Set(values.filter((value) => value !== null))]
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
