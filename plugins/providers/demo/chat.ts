import { randomUUID } from 'node:crypto'

import type {
  Call,
  ChatChunk,
  ChatCompletion,
  ChatRequest,
  ChunkDelta,
  FinishReason,
  Local,
  ToolCall,
} from '#core'

import { lastUserText } from './message-text.ts'
import { pause } from './pause.ts'
import { speech, wordsOf, type Speech } from './speech.ts'
import { promptTokens, replyTokens, usageOf } from './tokens.ts'

/** Chat with the demo's text models. */
export function createChat(slowDelayMs: number): Local<'chat'> {
  const speechFor = (request: ChatRequest, call: Call): Speech =>
    speech({ text: lastUserText(request), request, chat: request }, call, slowDelayMs)

  return {
    async run(request, call) {
      const said = speechFor(request, call)
      await pause(said.delayMs, call.signal)
      return toCompletion(request, call, said)
    },
    async *stream(request, call) {
      const said = speechFor(request, call)
      await pause(said.delayMs, call.signal)
      yield* toChunks(request, call, said)
    },
  }
}

function toCompletion(request: ChatRequest, call: Call, said: Speech): ChatCompletion {
  const { reply, limits } = said
  const hasCalls = reply.toolCalls.length > 0
  return {
    ...head(call),
    object: 'chat.completion',
    choices: Array.from({ length: limits.count }, (_, index) => ({
      index,
      message: {
        role: 'assistant',
        content: hasCalls ? null : reply.text,
        refusal: null,
        ...(hasCalls && { tool_calls: [...reply.toolCalls] }),
      },
      logprobs: null,
      finish_reason: reply.finishReason,
    })),
    usage: usage(request, said),
  }
}

async function* toChunks(
  request: ChatRequest,
  call: Call,
  said: Speech,
): AsyncGenerator<ChatChunk> {
  const { reply, limits, wordDelayMs, fault } = said
  const base = { ...head(call), object: 'chat.completion.chunk' } as const
  for (let index = 0; index < limits.count; index++) {
    const chunk = (delta: ChunkDelta, finishReason: FinishReason | null = null): ChatChunk => ({
      ...base,
      choices: [{ index, delta, logprobs: null, finish_reason: finishReason }],
    })
    yield chunk({ role: 'assistant', content: reply.toolCalls.length > 0 ? null : '' })
    for (const [spoken, content] of wordsOf(reply.text).entries()) {
      if (fault && spoken === WORDS_BEFORE_FAULT) throw fault
      yield chunk({ content })
      await pause(wordDelayMs, call.signal)
    }
    if (fault) throw fault
    for (const [position, toolCall] of reply.toolCalls.entries()) {
      for (const delta of callDeltas(position, toolCall)) yield chunk(delta)
    }
    yield chunk({}, reply.finishReason)
  }
  yield { ...base, choices: [], usage: usage(request, said) }
}

const WORDS_BEFORE_FAULT = 3

/** A call as a stream gives it: its name first, then its arguments piece by piece. */
function callDeltas(index: number, { id, function: called }: ToolCall): ChunkDelta[] {
  const pieces = called.arguments.match(/.{1,12}/gsu) ?? []
  return [
    {
      tool_calls: [{ index, id, type: 'function', function: { name: called.name, arguments: '' } }],
    },
    ...pieces.map((piece) => ({ tool_calls: [{ index, function: { arguments: piece } }] })),
  ]
}

function head(call: Call): Pick<ChatCompletion, 'id' | 'created' | 'model'> {
  const created = Math.floor(Date.now() / 1000)
  return { id: `chatcmpl-${randomUUID()}`, created, model: call.model }
}

function usage(request: ChatRequest, { reply, limits }: Speech): ReturnType<typeof usageOf> {
  return usageOf(promptTokens(request), replyTokens(reply, limits) * limits.count)
}
