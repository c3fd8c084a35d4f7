import type {
  Call,
  ChatChunk,
  ChatCompletion,
  ChatRequest,
  EmbeddingList,
  EmbeddingRequest,
  Local,
  InferenceName,
  TextCompletion,
  TextCompletionRequest,
} from '#core'
import { demo } from '#plugins/providers/demo'

import { configuredProvider } from '../../../helpers/configured-provider.ts'

export const provider = configuredProvider(demo({ slowDelayMs: 20 }))

function local<Name extends InferenceName>(operation: unknown): Local<Name> {
  if (typeof operation !== 'object' || operation === null || !('run' in operation)) {
    throw new Error('A local operation is expected.')
  }
  return operation as Local<Name>
}

const chat = local<'chat'>(provider.chat)
const completions = local<'completions'>(provider.completions)
const embeddings = local<'embeddings'>(provider.embeddings)

/** What the core tells the provider with a request. */
export function callOf(model: string, stream = false, signal?: AbortSignal): Call {
  return { model, stream, signal: signal ?? new AbortController().signal }
}

/** A chat request with one user message. */
export function say(content: string, fields: object = {}): ChatRequest {
  return { model: 'demo', messages: [{ role: 'user', content }], ...fields }
}

export async function answer(model: string, request: ChatRequest): Promise<ChatCompletion> {
  return chat.run(request, callOf(model))
}

/** The text of the first choice. */
export async function textOf(model: string, request: ChatRequest): Promise<string | null> {
  return (await answer(model, request)).choices[0]?.message.content ?? null
}

export function stream(
  model: string,
  request: ChatRequest,
  signal?: AbortSignal,
): AsyncIterable<ChatChunk> {
  return chat.stream!(request, callOf(model, true, signal))
}

export async function complete(
  model: string,
  request: Omit<TextCompletionRequest, 'model'>,
): Promise<TextCompletion> {
  return completions.run({ model, ...request } as TextCompletionRequest, callOf(model))
}

export function streamCompletion(
  model: string,
  request: Omit<TextCompletionRequest, 'model'>,
): AsyncIterable<TextCompletion> {
  return completions.stream!({ model, ...request } as TextCompletionRequest, callOf(model, true))
}

export async function embed(
  request: Omit<EmbeddingRequest, 'model'>,
  model = 'embed',
): Promise<EmbeddingList> {
  return embeddings.run({ model, ...request } as EmbeddingRequest, callOf(model))
}
