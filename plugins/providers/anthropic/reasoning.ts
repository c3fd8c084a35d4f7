import type { ReasoningDetail } from '#core'

import type { Block } from './blocks.ts'
import { countOf, isObject, objectsIn, textOf, type JsonObject } from './json.ts'

/** Marks reasoning that only Anthropic can read. */
const FORMAT = 'anthropic-claude-v1'

/** Parts the thoughts of several blocks in the reasoning's words. */
export const BETWEEN_THOUGHTS = '\n\n'

/** What the canonical form has words for is not taken from where no guard looks. */
const SPOKEN_TYPES = new Set([
  'text',
  'image',
  'document',
  'search_result',
  'tool_use',
  'tool_result',
])

/** How much of a message came before a block: characters of its text, and tool calls. */
export interface Position {
  readonly characters: number
  readonly toolCalls: number
}

/** A block that is neither text nor a tool call, and its place among them. */
export interface PlacedBlock {
  readonly block: Block
  readonly position: Position
  /** Its number among the blocks of the message, for those in the same place. */
  readonly index: number
}

/**
 * A block of thinking as a reasoning detail. The API checks its signature and what came before it,
 * so the detail carries its place, unless that is the very beginning.
 */
export function toDetail({ block, ...place }: PlacedBlock): ReasoningDetail {
  const origin = { format: FORMAT, ...toPlace(place) }
  if (block.type === 'redacted_thinking') {
    return { type: 'reasoning.encrypted', data: textOf(block['data']) ?? '', ...origin }
  }
  const signature = textOf(block['signature']) ?? null
  return { type: 'reasoning.text', text: textOf(block['thinking']) ?? '', signature, ...origin }
}

/** Blocks that the canonical form has no word for, kept beside the message to be sent back. */
export function toExtraContent(placed: readonly PlacedBlock[]): JsonObject {
  return {
    anthropic: { blocks: placed.map(({ block, ...place }) => ({ block, ...toPlace(place) })) },
  }
}

function toPlace({ position, index }: Omit<PlacedBlock, 'block'>): JsonObject & { index: number } {
  const { characters, toolCalls } = position
  if (characters === 0 && toolCalls === 0) return { index }
  return { index, after: { characters, tool_calls: toolCalls } }
}

/** The blocks to put back into a message of the assistant, in order. Foreign reasoning has none. */
export function placedBlocksOf(message: JsonObject): PlacedBlock[] {
  const details = objectsIn(message['reasoning_details'])
  const extra = isObject(message['extra_content']) ? message['extra_content']['anthropic'] : null
  const kept = objectsIn(isObject(extra) ? extra['blocks'] : null)
  return [...details.map(fromDetail), ...kept.map(fromKept)]
    .filter((placed) => placed !== undefined)
    .toSorted(byPlace)
}

/** Whether a message has reasoning in words that can not be sent back, for want of a signature. */
export function hasLostReasoning(message: JsonObject): boolean {
  const hasWords =
    typeof message['reasoning_content'] === 'string' && message['reasoning_content'] !== ''
  const details = objectsIn(message['reasoning_details'])
  return (hasWords || details.length > 0) && !details.some((detail) => fromDetail(detail))
}

function fromDetail(detail: JsonObject): PlacedBlock | undefined {
  if (detail['format'] !== FORMAT) return undefined
  const place = fromPlace(detail)
  if (detail['type'] === 'reasoning.encrypted' && typeof detail['data'] === 'string') {
    return { block: { type: 'redacted_thinking', data: detail['data'] }, ...place }
  }
  if (detail['type'] !== 'reasoning.text' || typeof detail['signature'] !== 'string') {
    return undefined
  }
  const thinking = textOf(detail['text']) ?? ''
  return { block: { type: 'thinking', thinking, signature: detail['signature'] }, ...place }
}

function fromKept(kept: JsonObject): PlacedBlock | undefined {
  const { block } = kept
  if (!isObject(block) || typeof block['type'] !== 'string') return undefined
  if (SPOKEN_TYPES.has(block['type'])) return undefined
  return { block: { ...block, type: block['type'] }, ...fromPlace(kept) }
}

function fromPlace(value: JsonObject): Omit<PlacedBlock, 'block'> {
  const after = isObject(value['after']) ? value['after'] : {}
  const characters = countOf(after['characters'])
  const toolCalls = countOf(after['tool_calls'])
  return { position: { characters, toolCalls }, index: countOf(value['index']) }
}

function byPlace(a: PlacedBlock, b: PlacedBlock): number {
  return (
    a.position.toolCalls - b.position.toolCalls ||
    a.position.characters - b.position.characters ||
    a.index - b.index
  )
}

/** Text, tool calls and the rest of a message in the order in which the model gave them. */
export function weave(
  content: readonly Block[],
  toolCalls: readonly Block[],
  placed: readonly PlacedBlock[],
): Block[] {
  if (placed.length === 0) return [...content, ...toolCalls]
  const woven: Block[] = []
  const texts = [...content]
  let characters = 0
  let calls = 0

  function takeText(until: number): void {
    while (characters < until) {
      const block = texts.shift()
      if (!block) return
      const text = textOf(block['text']) ?? ''
      const wanted = until - characters
      woven.push(text.length > wanted ? { ...block, text: text.slice(0, wanted) } : block)
      if (text.length > wanted) texts.unshift({ ...block, text: text.slice(wanted) })
      characters += Math.min(text.length, wanted)
    }
  }

  for (const { block, position } of placed) {
    takeText(position.characters)
    woven.push(...toolCalls.slice(calls, position.toolCalls))
    calls = Math.max(calls, position.toolCalls)
    woven.push(block)
  }
  return [...woven, ...texts, ...toolCalls.slice(calls)]
}
