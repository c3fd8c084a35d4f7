import type { ScriptFailure, ScriptFailureReason } from './outcome.ts'

/** What a sandbox says of a job. */
export interface Answer {
  readonly verdict: { readonly ok: true; readonly value: unknown } | ScriptFailure
  /** CPU time that the script had; tells a slow script from a busy machine. */
  readonly cpuMs: number
}

/** The reasons that are a sandbox's to give; the others are the gateway's own findings. */
const SANDBOX_REASONS: ReadonlySet<unknown> = new Set<ScriptFailureReason>([
  'syntax',
  'threw',
  'timeout',
  'memory',
  'result_too_large',
  'bad_result',
  'never_settled',
])

const MESSAGE_LENGTH = 500

/** Reads a sandbox's line; undefined when it is no answer to this job, so that its sender must be taken for captured. */
export function readAnswer(line: string, id: number): Answer | undefined {
  const answer = parseObject(line)
  if (!answer || answer['id'] !== id || typeof answer['cpuMs'] !== 'number') return undefined
  const verdict = readVerdict(answer['verdict'])
  return verdict && { verdict, cpuMs: answer['cpuMs'] }
}

/** True for the line with which a sandbox says that it takes jobs. */
export function isReadyLine(line: string): boolean {
  return parseObject(line)?.['ready'] === true
}

/** Reads a sandbox's verdict on one call; undefined for what is none. */
export function readVerdict(verdict: unknown): Answer['verdict'] | undefined {
  if (!isObject(verdict)) return undefined
  if (verdict['ok'] === true && 'value' in verdict) return { ok: true, value: verdict['value'] }
  const { ok, reason, message, line, column } = verdict
  if (ok !== false || !isSandboxReason(reason) || typeof message !== 'string') return undefined
  return {
    ok,
    reason,
    message: message.slice(0, MESSAGE_LENGTH),
    ...(isPosition(line) && isPosition(column) && { line, column }),
  }
}

function parseObject(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isSandboxReason(reason: unknown): reason is ScriptFailureReason {
  return SANDBOX_REASONS.has(reason)
}

function isPosition(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0
}
