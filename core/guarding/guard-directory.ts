import { openExchange, ownArrival } from '../arrival.ts'
import { checkRequest } from '../chat/check.ts'
import { readAnswer, readRequest } from '../chat/content.ts'
import { GatewayError } from '../errors.ts'
import type { GuardContent, Verdict } from '../guard.ts'
import { newRequestId } from '../ids.ts'
import { Lifetime } from '../lifetime.ts'
import type { LiveExchange } from '../live-exchange.ts'
import type { Logger } from '../logger.ts'
import { didYouMean } from '../nearest.ts'
import type { AnyAnswer } from '../provider.ts'
import { requestProblem } from '../request-problem.ts'
import { activate } from './active-guard.ts'
import { createReferenceCheck } from './check-references.ts'
import type { GuardDirectory, GuardUses } from './directory.ts'
import { GuardLog } from './guard-log.ts'
import { createGuard } from './instance.ts'
import { ParameterError, type GuardKind, type GuardTemplate } from './kind.ts'
import { checkParameters, parameterPath } from './parameters.ts'
import { replacementsOf } from './review.ts'
import { runGuard } from './run-guard.ts'
import type { GuardSelection } from './selection.ts'
import { noteFinding } from './settle.ts'
import { toolsFor } from './tools.ts'

export interface GuardDirectoryParts {
  readonly selection: GuardSelection
  readonly kinds: readonly GuardKind[]
  readonly templates: readonly GuardTemplate[]
  /** Asked in turn what names a guard. */
  readonly uses: readonly GuardUses[]
  readonly lender: Parameters<typeof toolsFor>[1]
  readonly log: Logger
}

export function createGuardDirectory(parts: GuardDirectoryParts): GuardDirectory {
  const { selection, templates, uses, lender, log } = parts
  const kinds = new Map(parts.kinds.map((kind) => [kind.type, kind]))
  const checkReference = createReferenceCheck({ selection, kinds, lender })

  return {
    kinds: () => [...kinds.values()],
    templates: () => templates,
    list: (projectId) => selection.list(projectId),
    find: (id, projectId) => selection.find(id, projectId),
    refresh: () => selection.refresh(),
    async checkReferences(references, projectId, param) {
      if (references.length > 0) await selection.refresh()
      for (const [index, reference] of references.entries()) {
        checkReference(reference, projectId, `${param}[${index}]`)
      }
    },
    imposedOn: (caller) => selection.imposedOn(caller),
    async usesOf(id, projectId) {
      const found = await Promise.all(uses.map((ask) => ask(id, projectId)))
      return found.flat()
    },
    create(settings) {
      const kind = kinds.get(settings.type)
      if (!kind) throw unknownKind(settings.type, [...kinds.keys()])
      refuseUnfit(kind, settings)
      const { problem } = checkParameters(kind, settings.parameters)
      if (problem) {
        const path = parameterPath('parameters', problem.path)
        throw requestProblem(path, problem.message, problem.kind)
      }
      try {
        return createGuard(kind, settings, toolsFor(settings, lender))
      } catch (error) {
        const { cause } = error as Error
        if (!(cause instanceof ParameterError)) throw error
        throw requestProblem(parameterPath('parameters', cause.path), cause.message)
      }
    },
    async judge(id, asker, parameters) {
      const exchange = asker as LiveExchange
      const guard = selection.find(id, exchange.caller.projectId)
      if (!guard) throw new GatewayError('guard_not_found', `The guard "${id}" does not exist.`)
      const active = activate(guard, exchange, parameters)
      const { operation, request } = exchange
      const content: GuardContent = { stage: 'input', segments: readRequest(operation, request) }
      const finding = await runGuard(active, content, exchange)
      exchange.guardLog ??= new GuardLog()
      const context = { exchange, log, notes: exchange.guardLog }
      noteFinding(finding, 'input', 'go on', context)
      context.notes.explain(exchange, active, 'input')
      const { verdict, fault } = finding
      if (fault !== undefined) return { passed: guard.onError === 'allow', guardId: id }
      return { ...(verdict ?? PASSED), guardId: id }
    },
    async try({ guard, operation, request, answer, parameters, caller, signal }) {
      const life = new Lifetime()
      const stop = (): void => life.end(signal?.reason as Error)
      signal?.addEventListener('abort', stop, { once: true })
      if (signal?.aborted) stop()
      try {
        const startedMark = performance.now()
        const origin = { headers: {}, id: newRequestId(), operation, caller, startedMark }
        const checked = checkRequest(operation, request)
        const exchange = openExchange(ownArrival(origin, life, 'guard'), checked, undefined, {})
        const active = activate(guard, exchange, parameters)
        const content: GuardContent = answer
          ? { stage: 'output', segments: readAnswer(operation, answer as AnyAnswer) }
          : { stage: 'input', segments: readRequest(operation, checked) }
        const { verdict, fault, micros } = await runGuard(active, content, exchange)
        const changed = verdict ? replacementsOf(content, verdict, active) : new Map()
        return { verdict, content, changed, fault, micros }
      } finally {
        signal?.removeEventListener('abort', stop)
      }
    },
  }
}

const PASSED: Verdict = { passed: true }

function refuseUnfit(
  { type, stages, actions }: GuardKind,
  { stage, action }: Parameters<GuardDirectory['create']>[0],
): void {
  const wanted = stage === 'both' ? (['input', 'output'] as const) : [stage]
  if (!wanted.every((one) => stages.includes(one))) {
    throw requestProblem('stage', `must be ${stages.join(' or ')} for a guard of type "${type}"`)
  }
  if (!actions.includes(action)) {
    throw requestProblem('action', `must be one of ${actions.join(', ')} for type "${type}"`)
  }
}

function unknownKind(type: string, known: readonly string[]): GatewayError {
  const hint = didYouMean(type, known)
  return requestProblem('type', `must be one of ${known.join(', ')}${hint}`)
}
