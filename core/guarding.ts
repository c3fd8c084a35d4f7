import type { Answer, StreamAnswer, WholeAnswer } from './answer.ts'
import {
  offeredTools,
  readAnswer,
  readRequest,
  rewriteAnswer,
  rewriteRequest,
} from './chat/content.ts'
import type { ChatRequest, ToolDefinition } from './chat/request.ts'
import type { Exchange } from './exchange.ts'
import type { GuardStage } from './guard.ts'
import { standsAt, type ActiveGuard } from './guarding/active-guard.ts'
import { EditableContent } from './guarding/editable-content.ts'
import { GuardLog } from './guarding/guard-log.ts'
import { guardStream, metered } from './guarding/guarded-stream.ts'
import { review } from './guarding/review.ts'
import type { GuardSelection } from './guarding/selection.ts'
import { blocked, type ReviewContext } from './guarding/settle.ts'
import type { Hooks } from './hooks.ts'
import type { LiveExchange } from './live-exchange.ts'
import type { Logger } from './logger.ts'
import type { MaybePromise } from './maybe-promise.ts'
import { payloadFromValue } from './payload.ts'
import { bringsContent, promptOf, type Planned, type Prompt } from './target-request.ts'
import type { Target } from './target.ts'

/** Lets the guards that apply to an exchange read it before the next step does. */
export interface Guarding {
  /**
   * Finds the guards that apply: those of the exchange for whose sake it is, where there is one.
   * Throws for those that do not exist, or can not do what is asked.
   */
  begin(exchange: LiveExchange, parent?: Exchange): void
  /** What each target is to be asked, as the guards leave it. Throws 446 when one blocks. */
  input(exchange: LiveExchange, targets: readonly Target[]): MaybePromise<readonly Planned[]>
  /** The answer as the guards leave it. Throws 446, at once or when the stream is read. */
  output(exchange: LiveExchange, answer: Answer): MaybePromise<Answer>
  /** The tools that the gateway offers, read as the client's are: with the target's own guards too. */
  toolDefinitions(
    exchange: LiveExchange,
    own: readonly ActiveGuard[],
    tools: readonly ToolDefinition[],
  ): MaybePromise<readonly ToolDefinition[]>
  /**
   * What a tool answered. A model will read it as a part of its prompt, so input guards read it; what
   * a client called itself is its answer too. Throws 446.
   */
  toolResult(exchange: LiveExchange, answer: WholeAnswer): MaybePromise<WholeAnswer>
  /** Whether anything reads what the tool of an exchange answers. */
  readsToolResult(exchange: LiveExchange): boolean
}

export interface GuardingParts {
  readonly selection: GuardSelection
  readonly hooks: Hooks
  readonly log: Logger
}

const HOOK_OF = { input: 'guardInput', output: 'guardOutput' } as const

export function createGuarding({ selection, hooks, log }: GuardingParts): Guarding {
  // Handlers that plugins tapped themselves apply to every exchange; the core can not ask them.
  const hasHandlers = { input: hooks.isUsed('guardInput'), output: hooks.isUsed('guardOutput') }

  function contextOf(exchange: LiveExchange): ReviewContext {
    exchange.guardLog ??= new GuardLog()
    return { exchange, log, notes: exchange.guardLog }
  }

  const at = (stage: GuardStage, guards: readonly ActiveGuard[]): readonly ActiveGuard[] =>
    guards.length === 0 ? guards : guards.filter((active) => standsAt(active, stage))

  /** The handlers of plugins, then the guards. */
  function reviewAll(
    content: EditableContent,
    guards: readonly ActiveGuard[],
    exchange: LiveExchange,
  ): MaybePromise<void> {
    const context = contextOf(exchange)
    for (const active of guards) context.notes.announce(active)
    if (!hasHandlers[content.stage]) return review(content, guards, context)
    return Promise.resolve(hooks[HOOK_OF[content.stage]](content, exchange)).then((verdict) => {
      if (verdict && !verdict.passed) throw blocked(content.stage, verdict)
      return review(content, guards, context)
    })
  }

  function reviewPrompt(
    exchange: LiveExchange,
    prompt: Prompt,
    guards: readonly ActiveGuard[],
  ): MaybePromise<Prompt> {
    const { operation } = exchange
    const content = new EditableContent('input', readRequest(operation, prompt.request))
    const reviewed = reviewAll(content, guards, exchange)
    const rewritten = (): Prompt => {
      if (content.changed.size === 0) return prompt
      const request = rewriteRequest(operation, prompt.request, content.changed)
      return { request, text: undefined }
    }
    return reviewed instanceof Promise ? reviewed.then(rewritten) : rewritten()
  }

  /** Texts that a target brings along are read with the caller's, as the model will read them. */
  function planFor(target: Target, exchange: LiveExchange, reviewed: Prompt): Planned {
    const own = selection.forTarget(target, exchange)
    if (own.length === 0 && !bringsContent(target)) {
      return { target, prompt: promptOf(target, reviewed) }
    }
    const prompt = promptOf(target, bringsContent(target) ? exchange : reviewed)
    const general = bringsContent(target) ? at('input', exchange.activeGuards) : []
    const input = [...general, ...at('input', own)]
    const output = at('output', own)
    const brought = own.length > 0 ? { guards: own } : {}
    let asked: MaybePromise<Prompt> | undefined
    return {
      target,
      prompt,
      ...brought,
      ...(input.length > 0 || (hasHandlers.input && bringsContent(target))
        ? { reviewPrompt: () => (asked ??= reviewPrompt(exchange, prompt, input)) }
        : {}),
      ...(output.length > 0
        ? { reviewAnswer: (answer: Answer) => reviewAnswer(exchange, answer, output) }
        : {}),
    }
  }

  function reviewAnswer(
    exchange: LiveExchange,
    answer: Answer,
    guards: readonly ActiveGuard[],
  ): MaybePromise<Answer> {
    return answer.kind === 'whole'
      ? reviewWhole(exchange, answer, guards)
      : reviewStream(exchange, answer, guards)
  }

  function reviewWhole(
    exchange: LiveExchange,
    answer: WholeAnswer,
    guards: readonly ActiveGuard[],
    stage: GuardStage = 'output',
  ): MaybePromise<WholeAnswer> {
    const { operation } = exchange
    const { value } = answer.payload
    const offered = offeredTools(exchange.request)
    const content = new EditableContent(stage, readAnswer(operation, value, offered))
    const reviewed = reviewAll(content, guards, exchange)
    const rewritten = (): WholeAnswer => {
      if (content.changed.size === 0) return answer
      return {
        ...answer,
        payload: payloadFromValue(rewriteAnswer(operation, value, content.changed, offered)),
      }
    }
    return reviewed instanceof Promise ? reviewed.then(rewritten) : rewritten()
  }

  function reviewStream(
    exchange: LiveExchange,
    answer: StreamAnswer,
    guards: readonly ActiveGuard[],
  ): StreamAnswer {
    const context = contextOf(exchange)
    const reviewContent = hasHandlers.output
      ? (content: EditableContent) => reviewAll(content, guards, exchange)
      : undefined
    if (answer.received) {
      return { ...answer, events: guardStream(answer.events, guards, context, reviewContent) }
    }
    const { events, received } = metered(answer.events)
    return { ...answer, received, events: guardStream(events, guards, context, reviewContent) }
  }

  return {
    begin(exchange, parent) {
      exchange.activeGuards = parent ? guardsOf(parent) : selection.forExchange(exchange)
    },
    input(exchange, targets) {
      // What a model has a tool do is an answer of the one and a request to the other.
      const { activeGuards, operation, parentId } = exchange
      const isCallInChat = operation === 'execute_tool' && parentId !== undefined
      const guards = isCallInChat ? activeGuards : at('input', activeGuards)
      const plan = (reviewed: Prompt): readonly Planned[] =>
        targets.map((target) => planFor(target, exchange, reviewed))
      if (!hasHandlers.input && guards.length === 0) return plan(exchange)
      const reviewed = reviewPrompt(exchange, exchange, guards)
      return reviewed instanceof Promise ? reviewed.then(plan) : plan(reviewed)
    },
    toolDefinitions(exchange, own, tools) {
      const guards = at('input', [...exchange.activeGuards, ...own])
      if (tools.length === 0 || (!hasHandlers.input && guards.length === 0)) return tools
      const request: ChatRequest = { model: '', messages: [], tools: [...tools] }
      const read = ({ request: reviewed }: Prompt): readonly ToolDefinition[] =>
        (reviewed as ChatRequest).tools ?? []
      const reviewed = reviewPrompt(exchange, { request, text: undefined }, guards)
      return reviewed instanceof Promise ? reviewed.then(read) : read(reviewed)
    },
    toolResult(exchange, answer) {
      const { stage, guards } = readersOfResult(exchange)
      if (!hasHandlers[stage] && guards.length === 0) return answer
      return reviewWhole(exchange, answer, guards, stage)
    },
    readsToolResult(exchange) {
      const { stage, guards } = readersOfResult(exchange)
      return hasHandlers[stage] || guards.length > 0
    },
    output(exchange, answer) {
      const guards = at('output', exchange.activeGuards)
      if (!hasHandlers.output && guards.length === 0) return answer
      return reviewAnswer(exchange, answer, guards)
    },
  }
}

function readersOfResult(exchange: LiveExchange): {
  readonly stage: GuardStage
  readonly guards: readonly ActiveGuard[]
} {
  const isPartOfChat = exchange.parentId !== undefined
  const guards = exchange.activeGuards.filter(
    (active) => standsAt(active, 'input') || (!isPartOfChat && standsAt(active, 'output')),
  )
  // What a guard hides from a model stays hidden in what a tool repeats of it.
  return { stage: isPartOfChat ? 'input' : 'output', guards }
}

function guardsOf(exchange: Exchange): readonly ActiveGuard[] {
  return 'activeGuards' in exchange ? (exchange as LiveExchange).activeGuards : []
}
