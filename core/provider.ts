import type { ChatChunk, ChatCompletion } from './chat/completion.ts'
import type { EmbeddingList, EmbeddingRequest } from './chat/embedding.ts'
import type { ChatRequest } from './chat/request.ts'
import type { TextCompletion, TextCompletionRequest } from './chat/text-completion.ts'
import type { ErrorCode } from './errors.ts'
import type { ToolAnswer, ToolRequest } from './tool-call.ts'

/** What a model can be asked to do, with the canonical shapes of each operation. */
export interface Operations {
  chat: { request: ChatRequest; answer: ChatCompletion; chunk: ChatChunk }
  completions: { request: TextCompletionRequest; answer: TextCompletion; chunk: TextCompletion }
  embeddings: { request: EmbeddingRequest; answer: EmbeddingList; chunk: never }
}

/** What an exchange can be about: a model is asked, or a tool is called. */
export interface AllOperations extends Operations {
  execute_tool: { request: ToolRequest; answer: ToolAnswer; chunk: never }
}

/** The operations of models. */
export type InferenceName = keyof Operations
export type OperationName = keyof AllOperations

export type AnyRequest = AllOperations[OperationName]['request']
export type AnyAnswer = AllOperations[OperationName]['answer']
export type AnyChunk = Operations['chat']['chunk'] | Operations['completions']['chunk']

/**
 * An upstream that runs models. An operation that is missing is a capability that is missing.
 * Each operation is either `Wire` (pure translations; the core does the HTTP) or `Local` (runs here).
 */
export interface Provider {
  /** The first part of `provider/model`. */
  readonly name: string
  /** As people write it: `OpenAI`. */
  readonly title?: string
  /** The provider's name in the price catalogue, where it is another one. */
  readonly catalogueName?: string
  /** Where it is and how to sign in. Without one, a provider with `Wire` operations is switched off. */
  readonly connection?: Connection
  /** What to do to switch it on: `Set GROQ_API_KEY.` */
  readonly hint?: string
  /** The models it is known to have, beside those of the price catalogue. */
  readonly models?: readonly string[]
  /** Only the models in `models` exist. Otherwise any name is passed on and the upstream decides. */
  readonly hasOnlyKnownModels?: boolean
  /** Where the upstream lists its models, for those that nobody can know beforehand. */
  readonly discovery?: Discovery
  readonly chat?: Capability<'chat'>
  readonly completions?: Capability<'completions'>
  readonly embeddings?: Capability<'embeddings'>
}

export type Capability<Name extends InferenceName> = Wire<Name> | Local<Name>

/** Credentials and address. */
export interface Connection {
  /** Without a slash at its end: `https://api.openai.com/v1`. */
  readonly baseUrl: string
  /** Sent with each request: credentials, versions. Never logged. */
  readonly headers: Readonly<Record<string, string>>
  /** Limits that differ from the gateway's own. */
  readonly timeouts?: Partial<Timeouts>
}

export interface Timeouts {
  /** Until the connection stands. */
  readonly connectMs: number
  /** From the request to the first byte of the answer. */
  readonly firstByteMs: number
  /** Between two pieces of an answer. */
  readonly idleMs: number
  /** The whole exchange, retries and fallbacks included. */
  readonly totalMs: number
}

/** What every call of a provider is told. */
export interface Call {
  /** The provider's own id of the model, without the provider's name. */
  readonly model: string
  readonly stream: boolean
  readonly signal: AbortSignal
}

/**
 * An operation over HTTP. Only what differs from OpenAI's form is written: where `body` is missing,
 * the client's bytes go through; where `answer` or `events` is missing, the upstream's do.
 * All functions are pure; a `GatewayError` they throw reaches the caller.
 */
export interface Wire<Name extends InferenceName> {
  /** Appended to the connection's base URL: `/chat/completions`. */
  path(call: Call): string
  /** The body in the upstream's form. */
  body?(request: Operations[Name]['request'], call: Call): object
  /** The canonical answer from the upstream's; the request is told as `body` got it. */
  answer?(
    body: unknown,
    call: Call,
    request: Operations[Name]['request'],
  ): Operations[Name]['answer']
  /** A new decoder for each stream: takes the upstream's events, gives canonical chunks. */
  events?(call: Call): (event: ServerSentEvent) => readonly Operations[Name]['chunk'][]
  /** `false`: the upstream does not know `stream_options`, so usage comes by itself or not at all. */
  readonly hasStreamOptions?: boolean
  /** What the body of an error says beyond its status and OpenAI's fields. */
  fault?(
    body: unknown,
  ): { readonly code?: ErrorCode; readonly retryAfterMs?: number | undefined } | undefined
  /** What of the request this upstream can not do and was left out or done otherwise. */
  degraded?(request: Operations[Name]['request']): readonly string[]
}

/** One server-sent event of an upstream. `data` is the joined data lines. */
export interface ServerSentEvent {
  readonly event?: string | undefined
  readonly data: string
}

/** An operation that runs in this process, or through a library of its own. */
export interface Local<Name extends InferenceName> {
  run(
    request: Operations[Name]['request'],
    call: Call,
  ): Operations[Name]['answer'] | Promise<Operations[Name]['answer']>
  stream?(
    request: Operations[Name]['request'],
    call: Call,
  ): AsyncIterable<Operations[Name]['chunk']>
}

export interface Discovery {
  /** Appended to the base URL: `/models`. */
  readonly path: string
  /** The names of the models, from the upstream's JSON. */
  read(body: unknown): readonly string[]
}
