import type { TokenUsage } from '../chat/completion.ts'
import type { AnyRequest } from '../provider.ts'
import type { Turn } from '../spent.ts'

/**
 * Why no more turns came: the model had no more to call (`end`), it called a tool of the client, or
 * a limit was reached. `failed`: the exchange ended with a fault before.
 */
export type ToolStop = 'end' | 'client_tool' | 'turns' | 'calls' | 'cost' | 'time' | 'failed'

/** What a model did with the gateway's tools in one exchange. */
export class ToolUse {
  readonly turns: Turn[] = []
  calls = 0
  stop: ToolStop = 'failed'

  /** A turn has ended, or came to nothing more. */
  add(request: AnyRequest, usage: TokenUsage | undefined, receivedCharacters?: number): void {
    this.turns.push({ request, usage, receivedCharacters })
  }

  /** As the header of the answer has it: `stop=end; turns=2; calls=1`. */
  summary(): string {
    return `stop=${this.stop}; turns=${this.turns.length}; calls=${this.calls}`
  }
}
