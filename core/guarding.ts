import type { Answer, StreamAnswer, WholeAnswer } from './answer.ts'
import { assemble, disassemble } from './chat/assemble.ts'
import { readAnswer, readRequest, rewriteAnswer, rewriteRequest } from './chat/content.ts'
import { GatewayError } from './errors.ts'
import type { Exchange, Target } from './exchange.ts'
import {
  describeVerdict,
  EditableContent,
  type Guard,
  type GuardContent,
  type Verdict,
} from './guard.ts'
import type { Hooks, MaybePromise } from './hooks.ts'
import { didYouMean } from './nearest.ts'
import { payloadFromValue } from './payload.ts'
import type { AnyChunk } from './provider.ts'
import { StreamEvent } from './sse.ts'
import { bringsContent, withParameters, type Planned, type Prompt } from './target-request.ts'
import { withTimeLimit } from './time-limit.ts'

/** Knows which guards apply to an exchange, and lets them read it before the next step does. */
export interface Guarding {
  /** Throws when the request names a guard that does not exist. */
  checkNames(exchange: Exchange): void
  /** What each target is to be asked, as the guards leave it. Throws 446 when one blocks. */
  input(exchange: Exchange, targets: readonly Target[]): MaybePromise<readonly Planned[]>
  /** The answer as the guards leave it. */
  output(exchange: Exchange, answer: Answer): MaybePromise<Answer>
}

type Stage = 'input' | 'output'
const HOOK_OF = { input: 'guardInput', output: 'guardOutput' } as const
const DEFAULT_TIMEOUT_MS = 10_000
const NO_PARAMETERS = Object.freeze({})

export function createGuarding(guards: readonly Guard[], hooks: Hooks): Guarding {
  // Handlers that plugins tapped themselves apply to every exchange; the core can not ask them.
  const hasOwnHandlers = { input: hooks.isUsed('guardInput'), output: hooks.isUsed('guardOutput') }
  const byId = new Map(guards.map((guard) => [guard.id, guard]))
  for (const guard of guards) {
    const handler = (content: GuardContent, exchange: Exchange): Promise<Verdict | undefined> =>
      run(guard, content, exchange)
    hooks.tap(
      guard.id,
      {
        ...(guard.stage === 'output' ? {} : { guardInput: handler }),
        ...(guard.stage === 'input' ? {} : { guardOutput: handler }),
      },
      { isExplained: false },
    )
  }

  function isNeeded(stage: Stage, exchange: Exchange): boolean {
    return (
      hasOwnHandlers[stage] ||
      guards.some(
        (guard) => (guard.stage === stage || guard.stage === 'both') && applies(guard, exchange),
      )
    )
  }

  async function review(content: EditableContent, exchange: Exchange): Promise<void> {
    const verdict = await hooks[HOOK_OF[content.stage]](content, exchange)
    if (verdict && !verdict.passed) throw blocked(content.stage, verdict)
  }

  async function reviewInput(exchange: Exchange, prompt: Prompt): Promise<Prompt> {
    const { operation } = exchange
    const content = new EditableContent('input', readRequest(operation, prompt.request))
    await review(content, exchange)
    if (content.changed.size === 0) return prompt
    const request = rewriteRequest(operation, prompt.request, content.changed)
    return { request, bytes: undefined }
  }

  /** Messages that a target brings along are read with the caller's, as the model will read them. */
  async function planReviewed(
    exchange: Exchange,
    targets: readonly Target[],
  ): Promise<readonly Planned[]> {
    const reviewed = await reviewInput(exchange, exchange)
    const plan: Planned[] = []
    for (const target of targets) {
      const prompt = bringsContent(target)
        ? await reviewInput(exchange, promptOf(target, exchange))
        : promptOf(target, reviewed)
      plan.push({ target, prompt })
    }
    return plan
  }

  async function reviewWhole(exchange: Exchange, answer: WholeAnswer): Promise<WholeAnswer> {
    const { operation } = exchange
    const { value } = answer.payload
    const content = new EditableContent('output', readAnswer(operation, value))
    await review(content, exchange)
    if (content.changed.size === 0) return answer
    const rewritten = rewriteAnswer(operation, value, content.changed)
    return { ...answer, payload: payloadFromValue(rewritten) }
  }

  /** A guarded stream is read to its end before the first byte leaves, so that a block is a clean 446. */
  async function reviewStream(exchange: Exchange, answer: StreamAnswer): Promise<StreamAnswer> {
    const { operation } = exchange
    const chunks: AnyChunk[] = []
    for await (const events of answer.events) {
      for (const { value } of events) if (value) chunks.push(value)
    }
    const whole = assemble(operation, chunks)
    const content = new EditableContent('output', readAnswer(operation, whole))
    await review(content, exchange)
    const passed =
      content.changed.size === 0
        ? chunks
        : disassemble(operation, rewriteAnswer(operation, whole, content.changed))
    return { ...answer, events: replay(passed) }
  }

  return {
    checkNames(exchange) {
      exchange.request.extra?.guards?.forEach((asked, index) => {
        const id = typeof asked === 'string' ? asked : asked.id
        if (byId.has(id)) return
        const known = [...byId.keys()]
        const all = known.length > 0 ? `Configured: ${known.join(', ')}` : 'None is configured'
        const message = `The guard "${id}" is not configured${didYouMean(id, known)}. ${all}.`
        throw new GatewayError('guard_not_found', message.replace('?.', '?'), {
          param: `extra.guards[${index}]`,
        })
      })
    },
    input(exchange, targets) {
      if (isNeeded('input', exchange)) return planReviewed(exchange, targets)
      return targets.map((target) => ({ target, prompt: promptOf(target, exchange) }))
    },
    output(exchange, answer) {
      if (!isNeeded('output', exchange)) return answer
      return answer.kind === 'whole'
        ? reviewWhole(exchange, answer)
        : reviewStream(exchange, answer)
    },
  }
}

/** The prompt with a target's parameters. */
function promptOf(target: Target, prompt: Prompt): Prompt {
  if (!target.parameters) return prompt
  return { request: withParameters(target, prompt.request), bytes: undefined }
}

async function* replay(chunks: readonly AnyChunk[]): AsyncGenerator<StreamEvent<AnyChunk>[]> {
  for (const chunk of chunks) yield [StreamEvent.of(chunk)]
}

function applies(guard: Guard, exchange: Exchange): boolean {
  return guard.apply === 'always' || askedFor(guard, exchange) !== undefined
}

function askedFor(guard: Guard, exchange: Exchange): Readonly<Record<string, unknown>> | undefined {
  for (const asked of exchange.request.extra?.guards ?? []) {
    if (asked === guard.id) return NO_PARAMETERS
    if (typeof asked === 'object' && asked.id === guard.id) return asked.parameters ?? NO_PARAMETERS
  }
  return undefined
}

/** One guard on one content: timed, limited, and closed when it fails. */
async function run(
  guard: Guard,
  content: GuardContent,
  exchange: Exchange,
): Promise<Verdict | undefined> {
  if (!applies(guard, exchange)) return undefined
  const startedMark = performance.now()
  const verdict = await decide(guard, content, exchange)
  const micros = (performance.now() - startedMark) * 1000
  const decision = verdict ? describeVerdict(verdict) : 'passed'
  exchange.explain.add(guard.id, HOOK_OF[content.stage], micros, decision)
  return verdict && { ...verdict, guardId: guard.id }
}

async function decide(
  guard: Guard,
  content: GuardContent,
  exchange: Exchange,
): Promise<Verdict | undefined> {
  const parameters = askedFor(guard, exchange) ?? NO_PARAMETERS
  try {
    const found = guard.check(content, { parameters, exchange, signal: exchange.signal })
    if (!(found instanceof Promise)) return found
    return await withTimeLimit(found, guard.timeoutMs ?? DEFAULT_TIMEOUT_MS, 'The guard')
  } catch (error) {
    if (error instanceof GatewayError && error.status < 500) throw error
    if (guard.onError === 'allow') return undefined
    return { passed: false, text: 'The guard failed, and what can not be judged is blocked.' }
  }
}

/** 446, with what LangDB's clients read (`guard_id`, `result`) and what the envelope names. */
function blocked(stage: Stage, verdict: Verdict): GatewayError {
  const id = verdict.guardId ?? 'guard'
  const result = {
    type: verdict.confidence === undefined ? 'text' : 'boolean',
    passed: false,
    ...(verdict.confidence === undefined ? {} : { confidence: verdict.confidence }),
    ...(verdict.text === undefined ? {} : { text: verdict.text }),
  }
  return new GatewayError('guardrail_blocked', `Guard '${id}' not passed`, {
    details: { guard_id: id, guard: id, stage, result },
  })
}
