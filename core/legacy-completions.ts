import type { ChatChunk, ChatCompletion } from './chat/completion.ts'
import type { ChatRequest } from './chat/request.ts'
import type { TextCompletion, TextCompletionRequest } from './chat/text-completion.ts'
import { GatewayError } from './errors.ts'
import type { Capability, InferenceName, Local, OperationName, Provider, Wire } from './provider.ts'
import { withUsage } from './target-request.ts'

const emulated = new WeakMap<Provider, Capability<'completions'>>()

/**
 * What a provider can do for an operation. Text completions are done by chat where a provider has
 * no other way, and the answer says so.
 */
export function capabilityOf(
  provider: Provider,
  operation: OperationName,
): Capability<InferenceName> | undefined {
  if (operation === 'execute_tool') return undefined
  const own = provider[operation]
  if (own || operation !== 'completions' || !provider.chat) return own as Capability<InferenceName>
  const known = emulated.get(provider)
  if (known) return known as Capability<InferenceName>
  const { chat } = provider
  const capability = 'path' in chat ? emulateWire(chat) : emulateLocal(chat)
  emulated.set(provider, capability)
  return capability as Capability<InferenceName>
}

function emulateWire(chat: Wire<'chat'>): Wire<'completions'> {
  return {
    path: (call) => chat.path(call),
    body: (request, call) => {
      const asChat = toChat(request)
      if (chat.body) return chat.body(asChat, call)
      return call.stream && chat.hasStreamOptions !== false ? withUsage(asChat) : asChat
    },
    answer: (body, call, request) =>
      fromChat(chat.answer?.(body, call, toChat(request)) ?? (body as ChatCompletion)),
    events: (call) => {
      const translate = chat.events?.(call)
      return (event) => {
        if (event.data === '[DONE]') return []
        return (translate?.(event) ?? [readChunk(event.data)]).map(fromChunk)
      }
    },
    ...(chat.hasStreamOptions === undefined ? {} : { hasStreamOptions: chat.hasStreamOptions }),
    degraded: (request) => ['completions', ...(chat.degraded?.(toChat(request)) ?? [])],
  }
}

/** An event of a provider that speaks the canonical form itself. */
function readChunk(data: string): ChatChunk {
  const value = parse(data)
  if (typeof value === 'object' && value !== null && 'choices' in value) {
    if (!('error' in value) || !value.error) return value as ChatChunk
  }
  throw new GatewayError('upstream_error', 'The provider broke off its answer.')
}

function parse(data: string): unknown {
  try {
    return JSON.parse(data)
  } catch (cause) {
    const message = 'The provider sent a stream event that is not JSON.'
    throw new GatewayError('invalid_upstream_response', message, { cause })
  }
}

function emulateLocal(chat: Local<'chat'>): Local<'completions'> {
  const run: Local<'completions'>['run'] = async (request, call) =>
    fromChat(await chat.run(toChat(request), call))
  if (!chat.stream) return { run }
  return {
    run,
    async *stream(request, call) {
      const chunks = chat.stream?.(toChat(request), call) ?? []
      for await (const chunk of chunks) yield fromChunk(chunk)
    },
  }
}

/** The prompt as one user message. */
function toChat({ prompt, ...request }: TextCompletionRequest): ChatRequest {
  const text = Array.isArray(prompt) && prompt.length === 1 ? prompt[0] : prompt
  if (typeof text !== 'string') {
    const message = 'This model completes one prompt of text: no list of prompts, no tokens.'
    throw new GatewayError('unsupported_parameter', message, { param: 'prompt' })
  }
  for (const field of ['suffix', 'echo', 'best_of'] as const) {
    if (request[field] === undefined || request[field] === null || request[field] === false)
      continue
    const message = `This model answers chats only and can not do "${field}".`
    throw new GatewayError('unsupported_parameter', message, { param: field })
  }
  return { ...request, messages: [{ role: 'user', content: text }] }
}

function fromChat({ id, created, model, choices, usage }: ChatCompletion): TextCompletion {
  return {
    id,
    object: 'text_completion',
    created,
    model,
    choices: choices.map(({ index, message, finish_reason }) => ({
      index,
      text: message.content ?? '',
      finish_reason,
      logprobs: null,
    })),
    ...(usage ? { usage } : {}),
  }
}

function fromChunk({ id, created, model, choices, usage }: ChatChunk): TextCompletion {
  return {
    id,
    object: 'text_completion',
    created,
    model,
    choices: choices.map(({ index, delta, finish_reason }) => ({
      index,
      text: delta.content ?? '',
      finish_reason,
      logprobs: null,
    })),
    ...(usage ? { usage } : {}),
  }
}
