import {
  GatewayError,
  type Call,
  type ChatChunk,
  type ChunkDelta,
  type ReasoningDetail,
  type ServerSentEvent,
} from '#core'

import { createBlockReader, type BlockReader } from './block-readers.ts'
import { toFault } from './faults.ts'
import { toFinishReason, toRefusal } from './finish.ts'
import { countOf, isObject, parseObject, textOf, withTold, type JsonObject } from './json.ts'
import { toTokenUsage } from './usage.ts'

/**
 * A decoder for one stream: Anthropic's events in, canonical chunks out. Events it does not know
 * are passed over, as the API's rules for versions ask. Throws a 502 or 429 for an error event.
 * Source: https://platform.claude.com/docs/en/build-with-claude/streaming
 */
export function createEventDecoder(
  call: Pick<Call, 'model'>,
): (event: ServerSentEvent) => readonly ChatChunk[] {
  const created = Math.floor(Date.now() / 1000)
  const progress = { characters: 0, toolCalls: 0, hasThought: false }
  // Told once and together: OpenAI's SDK keeps only the last of what comes under a name it does not know.
  const thoughts: ReasoningDetail[] = []
  let id = ''
  let { model } = call
  let usage: JsonObject = {}
  let stop: JsonObject = {}
  let reader: BlockReader | undefined

  function chunk(choices: ChatChunk['choices']): ChatChunk {
    return { id, object: 'chat.completion.chunk', created, model, choices }
  }

  function toChunks(deltas: readonly ChunkDelta[]): ChatChunk[] {
    return deltas.flatMap(({ reasoning_details: details = [], ...delta }) => {
      thoughts.push(...details)
      return Object.keys(delta).length > 0 ? [toChunk(delta)] : []
    })
  }

  function toChunk(delta: ChunkDelta): ChatChunk {
    return chunk([{ index: 0, delta, finish_reason: null }])
  }

  function begin(message: JsonObject): ChatChunk[] {
    id = textOf(message['id']) ?? ''
    model = textOf(message['model']) ?? model
    usage = withTold(usage, message['usage'])
    return toChunks([{ role: 'assistant', content: '' }])
  }

  function end(): ChatChunk[] {
    const delta = toRefusal(stop['stop_details'])
    const finish_reason = toFinishReason(stop['stop_reason'], progress.toolCalls > 0)
    const tier = usage['service_tier']
    return [
      ...(thoughts.length > 0 ? [toChunk({ reasoning_details: thoughts })] : []),
      chunk([{ index: 0, delta, finish_reason }]),
      {
        ...chunk([]),
        usage: toTokenUsage(usage),
        ...(typeof tier === 'string' ? { service_tier: tier } : {}),
      },
    ]
  }

  return ({ data }) => {
    if (data === '[DONE]') return []
    const event = parseObject(data)
    if (!event) {
      const message = 'The provider sent an event that is no JSON object.'
      throw new GatewayError('invalid_upstream_response', message)
    }
    switch (event['type']) {
      case 'message_start':
        return begin(objectOf(event['message']))
      case 'content_block_start':
        reader = createBlockReader(
          objectOf(event['content_block']),
          countOf(event['index']),
          progress,
        )
        return toChunks(reader.start())
      case 'content_block_delta':
        return reader ? toChunks(reader.add(objectOf(event['delta']))) : []
      case 'content_block_stop': {
        const last = reader ? toChunks(reader.stop()) : []
        reader = undefined
        return last
      }
      case 'message_delta':
        // Counts are totals so far: the later ones replace the earlier.
        stop = withTold(stop, event['delta'])
        usage = withTold(usage, event['usage'])
        return []
      case 'message_stop':
        return end()
      case 'error':
        throw toFault(event['error'])
      default:
        return []
    }
  }
}

function objectOf(value: unknown): JsonObject {
  return isObject(value) ? value : {}
}
