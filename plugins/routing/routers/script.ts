import { GatewayError, targetName, type Exchange, type Target } from '#core'

import type { Fault, NamedScript, OperatorScripts, Outcome } from './operator-scripts.ts'
import { inTurn, type Plan } from './plan.ts'
import { targetsSchema, type CheckedRouter, type RouterType } from './router-type.ts'
import { factsFor, ownArguments, seedOf, type OwnArguments } from './script-arguments.ts'
import type { ScriptFacts } from './script-facts.ts'
import { readScriptResult, ScriptResultError, type ResultReaderParts } from './script-result.ts'

export interface ScriptParts extends ResultReaderParts {
  readonly engine: ScriptRunner
  readonly facts: ScriptFacts
  /** The scripts of the config. */
  readonly scripts: Pick<OperatorScripts, 'find'>
}

/** What of the engine is used here. */
export interface ScriptRunner {
  run(job: {
    readonly tenant: string
    readonly source: string
    readonly args: object
    readonly facts: Readonly<Record<string, string>>
    readonly seed: string
    readonly signal: AbortSignal
  }): Promise<Outcome>
}

/** One script: called with its arguments and its seed, it comes to an outcome. */
interface Script {
  readonly source: string
  run(exchange: Exchange, args: OwnArguments, seed: string): Promise<Outcome>
}

/** Faults that lie in the gateway's state and not in the script: the same request may succeed later. */
const OURS = new Set(['busy', 'unavailable'])
/** Before the name of a script of the config. As JavaScript it would be a label, and define no route. */
const FILE_PREFIX = 'file:'

/**
 * A function `route({ request, headers, models, metrics, budget, random })` chooses the targets, as in
 * LangDB; it may also return a name, a list or a promise. It is the caller's own, or `file:` and the
 * name of one in the config. The router's own `targets`, where it names any, take over when it fails.
 */
export function createScript(parts: ScriptParts): RouterType {
  const { engine, facts, scripts } = parts

  function inline(source: string): Script {
    return {
      source,
      run: (exchange, args, seed) =>
        engine.run({
          tenant: exchange.caller.projectId,
          source,
          args,
          facts: factsFor(source, facts, exchange),
          seed,
          signal: exchange.signal,
        }),
    }
  }

  function named(script: NamedScript): Script {
    return {
      source: script.source,
      run({ trial }, args, seed) {
        // It keeps the metrics of the moment; a trial has its own.
        const metrics = trial?.metrics?.snapshot()
        return script.run({ args: metrics ? { ...args, metrics } : args, seed })
      },
    }
  }

  async function choose(
    exchange: Exchange,
    script: Script,
    { path, projectId }: CheckedRouter,
  ): Promise<readonly Target[]> {
    const startedMark = performance.now()
    const args = ownArguments(script.source, exchange)
    const seed = seedOf(exchange)
    const outcome = await script.run(exchange, args, seed)
    const chosen = outcome.ok ? readValue(outcome.value, args, projectId) : outcome
    const micros = (performance.now() - startedMark) * 1000
    if (!('ok' in chosen)) {
      const names = chosen.map(targetName).join(', ')
      exchange.explain.add('routers', 'script', micros, `chose: ${names} (seed ${seed})`)
      return chosen
    }
    const words = `script failed: ${chosen.reason}${placeOf(chosen)} (seed ${seed})`
    exchange.explain.add('routers', 'routing', micros, words)
    throw toError(chosen, `${path}.script`)
  }

  function readValue(
    value: unknown,
    { request }: OwnArguments,
    projectId: string,
  ): readonly Target[] | Fault {
    try {
      return readScriptResult(value, request, { ...parts, projectId })
    } catch (error) {
      if (!(error instanceof ScriptResultError)) throw error
      return { ok: false, reason: 'bad_result', message: error.message }
    }
  }

  return {
    // Without a length: ajv would count the characters of megabytes.
    properties: { script: { type: 'string' }, targets: targetsSchema },
    required: ['script'],
    plan(router): Plan {
      const { fields, path, branches } = router
      const written = String(fields['script'])
      const script = written.startsWith(FILE_PREFIX)
        ? named(scripts.find(written.slice(FILE_PREFIX.length), `${path}.script`))
        : inline(written)
      return async (exchange) => {
        try {
          return await choose(exchange, script, router)
        } catch (error) {
          if (branches.length === 0 || !(error instanceof GatewayError)) throw error
          return inTurn(branches)(exchange)
        }
      }
    },
  }
}

function placeOf({ line, column }: Fault): string {
  if (line === undefined) return ''
  return column === undefined ? ` at line ${line}` : ` at line ${line}, column ${column}`
}

function toError(fault: Fault, param: string): GatewayError {
  const { reason, message, line, column, retryAfterMs } = fault
  const code = OURS.has(reason) ? 'overloaded' : 'router_script_error'
  return new GatewayError(code, `The router script failed${placeOf(fault)}: ${message}`, {
    param,
    details: { reason, line, column },
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  })
}
