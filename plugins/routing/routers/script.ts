import { GatewayError, type Exchange, type Target } from '#core'

import { inTurn } from './plan.ts'
import { targetsSchema, type RouterType } from './router-type.ts'
import { scriptArguments } from './script-arguments.ts'
import type { ScriptModel } from './script-models.ts'
import { readScriptResult, ScriptResultError, type ResultReaderParts } from './script-result.ts'

export interface ScriptParts extends ResultReaderParts {
  readonly engine: ScriptRunner
  readonly scriptModels: () => readonly ScriptModel[]
}

/** What of the engine is used here. */
export interface ScriptRunner {
  run(job: {
    readonly tenant: string
    readonly source: string
    readonly args: unknown
    readonly signal: AbortSignal
  }): Promise<{ readonly ok: true; readonly value: unknown } | Failure>
}

interface Failure {
  readonly ok: false
  readonly reason: string
  readonly message: string
  readonly line?: number
  readonly column?: number
  readonly retryAfterMs?: number
}

/** Reasons that lie in the gateway's state and not in the script: the same request may succeed later. */
const OURS = new Set(['busy', 'unavailable'])

/**
 * A function `route({ request, headers, models, metrics })` of the caller's own chooses the targets,
 * as in LangDB; it may also return a name, a list or a promise. The router's own `targets`, where it
 * names any, take over when the script fails.
 */
export function createScript(parts: ScriptParts): RouterType {
  async function choose(source: string, exchange: Exchange): Promise<readonly Target[]> {
    const startedMark = performance.now()
    const args = scriptArguments(exchange, source, parts.scriptModels)
    const tenant = exchange.caller.projectId
    const { signal } = exchange
    const outcome = await parts.engine.run({ tenant, source, args, signal })
    const chosen = outcome.ok ? readValue(outcome.value, args.request) : outcome
    if (!('ok' in chosen)) return chosen
    const micros = (performance.now() - startedMark) * 1000
    exchange.explain.add(
      'routers',
      'routing',
      micros,
      `script failed: ${chosen.reason}${placeOf(chosen)}`,
    )
    throw toError(chosen)
  }

  function readValue(
    value: unknown,
    request: Readonly<Record<string, unknown>>,
  ): readonly Target[] | Failure {
    try {
      return readScriptResult(value, request, parts)
    } catch (error) {
      if (!(error instanceof ScriptResultError)) throw error
      return { ok: false, reason: 'bad_result', message: error.message }
    }
  }

  return {
    properties: { script: { type: 'string', minLength: 1 }, targets: targetsSchema },
    required: ['script'],
    plan({ fields, branches }) {
      const source = String(fields['script'])
      return async (exchange) => {
        try {
          return await choose(source, exchange)
        } catch (error) {
          if (branches.length === 0 || !(error instanceof GatewayError)) throw error
          return inTurn(branches)(exchange)
        }
      }
    },
  }
}

function placeOf({ line, column }: Failure): string {
  if (line === undefined) return ''
  return column === undefined ? ` at line ${line}` : ` at line ${line}, column ${column}`
}

function toError(failure: Failure): GatewayError {
  const { reason, message, line, column, retryAfterMs } = failure
  const code = OURS.has(reason) ? 'overloaded' : 'router_script_error'
  return new GatewayError(code, `The router script failed${placeOf(failure)}: ${message}`, {
    param: 'router.script',
    details: { reason, line, column },
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  })
}
