import type { ChunkDelta } from '#core'

import { isAnswerTool } from './answer-form.ts'
import type { Block } from './blocks.ts'
import { toAnnotations } from './citations.ts'
import { parseObject, textOf, type JsonObject } from './json.ts'
import { BETWEEN_THOUGHTS, toDetail, toExtraContent, type PlacedBlock } from './reasoning.ts'

/** What a stream has given so far. The readers of its blocks keep it. */
export interface Progress {
  /** Of the text. */
  characters: number
  toolCalls: number
  hasThought: boolean
}

/** Reads one content block of a stream: each step gives the deltas it is worth. */
export interface BlockReader {
  start(): readonly ChunkDelta[]
  add(delta: JsonObject): readonly ChunkDelta[]
  stop(): readonly ChunkDelta[]
}

/** The reader for a block, by its type. `index` is its number in the message. */
export function createBlockReader(
  block: JsonObject,
  index: number,
  progress: Progress,
): BlockReader {
  const type = textOf(block['type']) ?? ''
  if (type === 'text') return readText(block, progress)
  if (type === 'tool_use' && isAnswerTool(block['name'])) return readAnswer(block, progress)
  if (type === 'tool_use') return readToolCall(block, progress)
  const position = { characters: progress.characters, toolCalls: progress.toolCalls }
  const placed = { block: { ...block, type }, position, index }
  return type === 'thinking' || type === 'redacted_thinking'
    ? readThought(placed, progress)
    : readOther(placed)
}

function readText(block: JsonObject, progress: Progress): BlockReader {
  const start = progress.characters
  const citations: unknown[] = Array.isArray(block['citations']) ? [...block['citations']] : []

  function give(text: unknown): readonly ChunkDelta[] {
    if (typeof text !== 'string' || text === '') return []
    progress.characters += text.length
    return [{ content: text }]
  }

  return {
    start: () => give(block['text']),
    add(delta) {
      if (delta['type'] === 'citations_delta') citations.push(delta['citation'])
      return give(delta['text'])
    },
    stop() {
      const annotations = toAnnotations(citations, { start, end: progress.characters })
      return annotations.length > 0 ? [{ annotations }] : []
    },
  }
}

/** The input of a call comes in pieces, or whole with its start when a host does not stream it. */
function createInput(block: JsonObject): { rest(): string; has(piece: unknown): piece is string } {
  let isEmpty = true
  return {
    has(piece): piece is string {
      if (typeof piece !== 'string' || piece === '') return false
      isEmpty = false
      return true
    },
    rest: () => (isEmpty ? JSON.stringify(block['input'] ?? {}) : ''),
  }
}

function readToolCall(block: JsonObject, progress: Progress): BlockReader {
  const index = progress.toolCalls++
  const input = createInput(block)
  const give = (text: string): readonly ChunkDelta[] =>
    text === '' ? [] : [{ tool_calls: [{ index, function: { arguments: text } }] }]
  return {
    start() {
      const named = { name: textOf(block['name']) ?? '', arguments: '' }
      const id = textOf(block['id']) ?? ''
      return [{ tool_calls: [{ index, id, type: 'function', function: named }] }]
    },
    add: ({ partial_json: piece }) => (input.has(piece) ? give(piece) : []),
    stop: () => give(input.rest()),
  }
}

/** A call of the gateway's own tool: its input is the text of the answer. */
function readAnswer(block: JsonObject, progress: Progress): BlockReader {
  const input = createInput(block)

  function give(text: string): readonly ChunkDelta[] {
    progress.characters += text.length
    return text === '' ? [] : [{ content: text }]
  }

  return {
    start: () => [],
    add: ({ partial_json: piece }) => (input.has(piece) ? give(piece) : []),
    stop: () => give(input.rest()),
  }
}

/** The words as they come; at the end the whole block, signed, to be sent back as it is. */
function readThought({ block, ...place }: PlacedBlock, progress: Progress): BlockReader {
  const thought: Block = { ...block }

  function give(text: unknown): readonly ChunkDelta[] {
    if (typeof text !== 'string' || text === '') return []
    const isFirst = thought['thinking'] === undefined || thought['thinking'] === ''
    thought['thinking'] = `${textOf(thought['thinking']) ?? ''}${text}`
    const between = isFirst && progress.hasThought ? BETWEEN_THOUGHTS : ''
    progress.hasThought = true
    return [{ reasoning_content: between + text }]
  }

  return {
    start() {
      const { thinking } = thought
      thought['thinking'] = ''
      return give(thinking)
    },
    add(delta) {
      if (typeof delta['signature'] === 'string') thought['signature'] = delta['signature']
      return give(delta['thinking'])
    },
    stop: () => [{ reasoning_details: [toDetail({ block: thought, ...place })] }],
  }
}

/** A block that the canonical form has no word for, kept whole. */
function readOther({ block, ...place }: PlacedBlock): BlockReader {
  let written = ''
  return {
    start: () => [],
    add({ partial_json: piece }) {
      if (typeof piece === 'string') written += piece
      return []
    },
    stop() {
      const input = written === '' ? {} : { input: parseObject(written) ?? {} }
      return [{ extra_content: toExtraContent([{ block: { ...block, ...input }, ...place }]) }]
    },
  }
}
