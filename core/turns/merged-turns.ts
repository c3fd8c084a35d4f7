import { assemble } from '../chat/assemble.ts'
import type {
  AnswerMessage,
  ChatChunk,
  ChatCompletion,
  ChunkDelta,
  FinishReason,
  ToolCallDelta,
  TokenUsage,
} from '../chat/completion.ts'
import type { ToolCall } from '../chat/request.ts'
import { sumUsage } from '../chat/sum-usage.ts'
import type { AnyChunk } from '../provider.ts'
import { StreamEvent } from '../sse.ts'

type Event = StreamEvent<AnyChunk>

/** Whose a tool is. Of two with one name the gateway's is the one that is offered. */
export type ToolOwner = (name: string) => 'client' | 'gateway' | undefined

/** What a model said in one turn, for itself: as it is sent back to it. */
export interface SaidInTurn {
  readonly message: AnswerMessage
  readonly finishReason: FinishReason | undefined
  readonly usage: TokenUsage | undefined
  /** Of its text and its calls. */
  readonly characters: number
  /** What the gateway has to answer: calls of its tools, and of tools that nobody has. */
  readonly calls: readonly ToolCall[]
  readonly callsClient: boolean
}

/** A call that a turn began: whose it is may be known only when its whole name has come. */
interface OpenCall {
  name: string
  owner: 'client' | 'gateway' | undefined
  /** Its number among the client's. */
  index: number
  held: ToolCallDelta[]
}

type Head = Pick<ChatChunk, 'id' | 'created' | 'model'>

/** Stands between what a model says in one turn and in the next. */
const BREAK = '\n\n'
const SPOKEN = ['content', 'reasoning_content'] as const

/**
 * The streams of several turns as one answer: all that is said in the order in which it comes, one
 * beginning, one end, one usage; no calls but the client's. Events that need no change leave as
 * they came.
 */
export class MergedTurns {
  readonly #ownerOf: ToolOwner
  #head: Head | undefined
  #usages: TokenUsage[] = []
  #turn = 0
  #clientCalls = 0
  /** What former turns said, and this one. */
  readonly #saidBefore = new Set<string>()
  readonly #saidNow = new Set<string>()
  #details = 0
  #detailsBefore = 0
  finishReason: FinishReason | null = null

  // Of the turn that goes on.
  #chunks: ChatChunk[] = []
  #calls = new Map<number, OpenCall>()
  #usage: TokenUsage | undefined
  #last: ChatChunk | undefined
  #characters = 0

  constructor(ownerOf: ToolOwner) {
    this.#ownerOf = ownerOf
  }

  /** Takes events of a turn; gives those that may leave at once. */
  push(events: readonly Event[]): Event[] {
    return events.flatMap((event) => {
      const chunk = event.value as ChatChunk | undefined
      return chunk ? this.#pushChunk(chunk, event) : []
    })
  }

  #pushChunk(chunk: ChatChunk, event: Event): Event[] {
    const { id, created, model } = chunk
    this.#head ??= { id, created, model }
    this.#chunks.push(chunk)
    if (chunk.usage) this.#usage = chunk.usage
    const [choice] = chunk.choices
    // Whoever reads on may change what it reads: it gets an event of its own.
    if (!choice) return this.#turn > 0 || chunk.usage ? [] : [new StreamEvent(event.bytes)]
    if (choice.finish_reason) this.#last = chunk
    const given = choice.delta ?? {}
    const delta = this.#rewrite(given)
    const isEnd = choice.finish_reason || chunk.usage
    if (this.#turn === 0 && delta === given && !isEnd) return [new StreamEvent(event.bytes)]
    if (isEmpty(delta)) return []
    const { usage: _usage, ...rest } = chunk
    const choices = [{ ...choice, delta, finish_reason: null }]
    return [StreamEvent.of<AnyChunk>({ ...rest, ...this.#head, choices })]
  }

  /** The delta as it leaves; the very same when nothing has to change. */
  #rewrite(given: ChunkDelta): ChunkDelta {
    const delta = { ...given }
    if (this.#turn > 0) delete delta.role
    for (const field of SPOKEN) {
      const text = given[field]
      this.#characters += text?.length ?? 0
      if (text) {
        if (this.#saidBefore.has(field) && !this.#saidNow.has(field)) delta[field] = BREAK + text
        this.#saidNow.add(field)
      } else if (this.#turn > 0) delete delta[field]
    }
    if (given.reasoning_details) {
      delta.reasoning_details = given.reasoning_details.map((detail) => {
        const index = this.#detailsBefore + (detail.index ?? 0)
        this.#details = Math.max(this.#details, index + 1)
        return detail.index === undefined ? { ...detail } : { ...detail, index }
      })
    }
    if (given.tool_calls) {
      delta.tool_calls = given.tool_calls.flatMap((piece) => this.#clientPieces(piece))
      if (delta.tool_calls.length === 0) delete delta.tool_calls
    }
    return isSame(delta, given) ? given : delta
  }

  /** A piece of a call as the client gets it, with those that waited for the name; none of ours. */
  #clientPieces(piece: ToolCallDelta): ToolCallDelta[] {
    const call = this.#calls.get(piece.index) ?? { name: '', owner: undefined, index: -1, held: [] }
    this.#calls.set(piece.index, call)
    this.#characters += piece.function?.arguments?.length ?? 0
    if (call.owner === 'gateway') return []
    if (call.owner === undefined) {
      call.name += piece.function?.name ?? ''
      call.owner = this.#ownerOf(call.name) ?? ownerByForm(piece)
      call.held.push(piece)
      if (call.owner !== 'client') return []
      call.index = this.#clientCalls++
    }
    const pieces = call.held.length > 0 ? call.held.splice(0) : [piece]
    return pieces.map((one) => ({
      ...one,
      index: call.index,
      ...(one.function ? { function: { ...one.function } } : {}),
    }))
  }

  /** The turn is over; `whole` is its message where it came in one piece. */
  endTurn(whole?: AnswerMessage): SaidInTurn {
    const answer = assemble('chat', this.#chunks) as ChatCompletion
    const message = whole ?? answer.choices[0]?.message ?? { role: 'assistant', content: null }
    const finishReason = this.#last?.choices[0]?.finish_reason ?? undefined
    const calls = (message.tool_calls ?? []).filter(
      (call, index) => call !== undefined && this.#calls.get(index)?.owner !== 'client',
    )
    calls.forEach((call, index) => {
      // Results are told apart by the ids of their calls, and not every provider gives them.
      const isTaken = calls.slice(0, index).some(({ id }) => id === call.id)
      if (!call.id || isTaken) call.id = `call_${this.#turn + 1}_${index + 1}`
    })
    const said: SaidInTurn = {
      message,
      finishReason,
      usage: this.#usage,
      characters: this.#characters,
      calls,
      callsClient: [...this.#calls.values()].some(({ owner }) => owner === 'client'),
    }
    this.finishReason = finishReason ?? null
    if (this.#usage) this.#usages.push(this.#usage)
    for (const field of this.#saidNow) this.#saidBefore.add(field)
    this.#saidNow.clear()
    this.#detailsBefore = this.#details
    this.#turn++
    this.#chunks = []
    this.#calls = new Map()
    this.#usage = undefined
    this.#characters = 0
    return said
  }

  /** What the gateway tells of itself, in a chunk that says nothing to those who do not know it. */
  note(tapgate: Readonly<Record<string, unknown>>): Event {
    const choices = [{ index: 0, delta: {}, finish_reason: null }]
    return StreamEvent.of<AnyChunk>({ ...this.#base(), choices, tapgate })
  }

  /** The end of the answer, and the usage of all turns. */
  end(finishReason: FinishReason, tapgate: Readonly<Record<string, unknown>>): Event[] {
    this.finishReason = finishReason
    const last = this.#last?.choices[0]
    const { usage: _usage, ...rest }: Partial<ChatChunk> = this.#last ?? {}
    const choices = [{ ...last, index: 0, delta: {}, finish_reason: finishReason }]
    const base = { ...this.#base(), ...rest, ...this.#head }
    const usage = this.usage
    return [
      StreamEvent.of<AnyChunk>({ ...base, choices, tapgate }),
      ...(usage ? [StreamEvent.of<AnyChunk>({ ...this.#base(), choices: [], usage })] : []),
    ]
  }

  /** Of the turns that have ended. */
  get usage(): TokenUsage | undefined {
    return sumUsage(this.#usages)
  }

  #base(): Head & Pick<ChatChunk, 'object'> {
    const head = this.#head ?? { id: '', created: 0, model: '' }
    return { ...head, object: 'chat.completion.chunk' }
  }
}

/** A call that is no function was asked for by the client; one of no known name is for us to refuse. */
function ownerByForm(piece: ToolCallDelta): 'client' | 'gateway' | undefined {
  if (piece.type !== undefined && piece.type !== 'function') return 'client'
  return piece.function?.arguments ? 'gateway' : undefined
}

function isEmpty(delta: ChunkDelta): boolean {
  return Object.values(delta).every(
    (value) => value === null || value === undefined || value === '',
  )
}

/** Whether it says the same, looked at as deep as it is rewritten. */
function isSame(delta: ChunkDelta, given: ChunkDelta): boolean {
  const fields = Object.keys(given)
  return (
    fields.length === Object.keys(delta).length &&
    fields.every((field) => JSON.stringify(delta[field]) === JSON.stringify(given[field]))
  )
}
