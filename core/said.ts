import { assemble } from './chat/assemble.ts'
import { EventRuns } from './event-runs.ts'
import type { Finished } from './finished.ts'
import type { Payload } from './payload.ts'
import type { AnyAnswer, AnyChunk, OperationName } from './provider.ts'
import type { StreamEvent } from './sse.ts'

/** What the caller was told, for those who look at it afterwards. */
export type Said = Pick<Finished, 'answer' | 'answerText'>

/** An answer that left in one piece. */
export class WholeSaid implements Said {
  readonly #payload: Payload<AnyAnswer>

  constructor(payload: Payload<AnyAnswer>) {
    this.#payload = payload
  }

  answer(): AnyAnswer {
    return this.#payload.value
  }

  answerText(): string {
    return this.#payload.text
  }
}

/** What a stream said, put together when somebody asks, once for all who do. */
export class Transcript implements Said {
  readonly #operation: OperationName
  readonly #events = new EventRuns<AnyChunk>()
  #answer: AnyAnswer | undefined

  constructor(operation: OperationName) {
    this.#operation = operation
  }

  add(events: readonly StreamEvent<AnyChunk>[]): void {
    for (const event of events) this.#events.add(event)
  }

  answer(): AnyAnswer | undefined {
    if (this.#answer) return this.#answer
    const chunks = this.#events.events().flatMap(({ value }) => value ?? [])
    if (chunks.length > 0) this.#answer = assemble(this.#operation, chunks)
    return this.#answer
  }

  answerText(): string | undefined {
    const answer = this.answer()
    return answer && JSON.stringify(answer)
  }
}
