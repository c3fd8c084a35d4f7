import type { Answer } from './answer.ts'
import type { Attempt } from './attempt.ts'
import type { Exchange } from './exchange.ts'
import type { ActiveGuard } from './guarding/active-guard.ts'
import type { GuardLog } from './guarding/guard-log.ts'
import type { Lifetime } from './lifetime.ts'
import type { AnyRequest } from './provider.ts'
import type { Target } from './target.ts'
import type { ToolUse } from './turns/tool-use.ts'

/** The exchange as the core writes it. */
export interface LiveExchange extends Exchange {
  readonly attempts: Attempt[]
  named: readonly Target[]
  /** Time spent waiting for upstreams until their first byte, or their whole answer. */
  upstreamMs: number
  /** The target that began to answer: it is busy until the exchange ends. */
  answering: Target | undefined
  /** Whether the answer was kept from an earlier exchange; undefined when nobody looked. */
  cache: 'HIT' | 'MISS' | undefined
  /** The answer as it came from the target, before the guards read it: it is paid for. */
  answered: Answer | undefined
  /** The guards that apply to all of it, whatever the target. */
  activeGuards: readonly ActiveGuard[]
  /** What the guards did; undefined while none has. */
  guardLog: GuardLog | undefined
  /** The request as the input guards left it; undefined until they have. */
  reviewed: AnyRequest | undefined
  /** What the model did with tools of the gateway; undefined when it was offered none. */
  toolUse: ToolUse | undefined
  readonly life: Lifetime
}
