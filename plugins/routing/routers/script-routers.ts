import type { Check, LiveMetrics, Logger, ModelDirectory } from '#core'

import { createOperatorScripts, type OperatorScriptParts } from './operator-scripts.ts'
import { createProjectMetrics } from './project-metrics.ts'
import type { RouterType } from './router-type.ts'
import { createScriptFacts } from './script-facts.ts'
import type { WrittenFiles } from './script-files.ts'
import { createScriptModels } from './script-models.ts'
import { createScript, type ScriptParts, type ScriptRunner } from './script.ts'

/** The `script` type of router, and what has to be started and stopped for it. */
export interface ScriptRouters {
  readonly type: RouterType
  readonly check: Check
  start(): Promise<void>
  stop(): Promise<void>
}

export interface ScriptRouterParts extends Pick<ScriptParts, 'refusedField'> {
  readonly models: ModelDirectory
  readonly metrics: LiveMetrics
  readonly log: Logger
  /** Of the operator's scripts; without them every script comes with a request. */
  readonly files: WrittenFiles | undefined
  readonly configFolder: string
  readonly sourceBytes: number
  readonly engine: ScriptRunner & {
    reside(source: string, kept: () => string): ReturnType<OperatorScriptParts['reside']>
    stop(): Promise<void>
  }
  /** What runs scripts on this machine, or why nothing does. */
  describeEngine(): { readonly isFound: boolean; readonly message: string }
}

/** Puts script routers together. Throws a SetupError with all mistakes of the script files. */
export function createScriptRouters(parts: ScriptRouterParts): ScriptRouters {
  const { engine, models, metrics, log, files = {}, configFolder, sourceBytes } = parts
  const facts = createScriptFacts(createScriptModels(models), metrics, createProjectMetrics(models))
  const scripts = createOperatorScripts({
    files,
    configFolder,
    sourceBytes,
    log,
    reside: (source) => engine.reside(source, facts.keptBy(source)),
  })
  return {
    type: createScript({ engine, models, refusedField: parts.refusedField, facts, scripts }),
    check: {
      name: 'Router scripts',
      run() {
        const { isFound, message } = parts.describeEngine()
        if (isFound) return { status: 'ok', message }
        return {
          status: 'warning',
          message: `Router scripts can not run: ${message}`,
          fix: 'Run "npm ci", or use routers that need no script.',
        }
      },
    },
    start: () => scripts.start(),
    async stop() {
      scripts.stop()
      await engine.stop()
    },
  }
}
