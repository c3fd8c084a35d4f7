import type { Exchange } from './exchange.ts'
import type { AnyAnswer, AnyRequest } from './provider.ts'
import type { Target } from './target.ts'
import type { UsageRecord } from './usage-record.ts'

/** What a `preRoute` handler answers with, before any model is asked. */
export interface EarlyAnswer {
  readonly answer: AnyAnswer
  /**
   * Where the answer came from first, when it is kept from an earlier exchange: it costs a tenth, and
   * the guards that this target brings along read it again.
   */
  readonly cachedFrom?: Target
}

/** An exchange that has ended, for those who keep what was said. The caller is already served. */
export interface Finished {
  readonly exchange: Exchange
  readonly record: UsageRecord
  /** The request as the input guards left it; undefined when they did not let it pass. */
  readonly request: AnyRequest | undefined
  /** The target that answered, with its parameters; undefined when none did. */
  readonly target: Target | undefined
  /** The answer as the caller got it, a stream put together again; undefined when there was none. */
  answer(): AnyAnswer | undefined
  /** The same as JSON text: as it was sent, where that was one piece, at no cost. */
  answerText(): string | undefined
}
