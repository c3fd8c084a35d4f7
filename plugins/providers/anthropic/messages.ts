import type { ChatMessage } from '#core'

import { isBlank, type Block, type Turn } from './blocks.ts'
import { toBlocks } from './content-parts.ts'
import { invalid, type Conversion } from './conversion.ts'
import { isObject, objectsIn, parseObject, textOf, type JsonObject } from './json.ts'
import { createOpenCalls, toCallId } from './open-calls.ts'
import { hasLostReasoning, placedBlocksOf, weave } from './reasoning.ts'

/** A conversation in Anthropic's form: what the operator says, and the turns of user and assistant. */
export interface Conversation {
  readonly system: readonly Block[]
  readonly turns: readonly Turn[]
}

/**
 * Canonical messages as turns. Neighbours of one role become one turn; the results of tool calls
 * become the beginning of a user's turn; what is blank is left out, since the API refuses it.
 * A system message between the others stays behind its user's turn where the model takes that,
 * and goes to the top where not. Throws a 400 for what is no conversation.
 */
export function toConversation(
  messages: readonly ChatMessage[],
  conversion: Conversion,
): Conversation {
  const system: Block[] = []
  const turns: Turn[] = []
  const openCalls = createOpenCalls()
  let laterSystem: Block[] = []

  function turnOf(role: Turn['role']): Turn {
    const last = turns.at(-1)
    if (last?.role === role) return last
    const turn: Turn = { role, content: [] }
    turns.push(turn)
    return turn
  }

  function placeLaterSystem(): void {
    if (laterSystem.length === 0) return
    if (conversion.traits.hasSystemTurns && turns.at(-1)?.role === 'user') {
      turnOf('system').content.push(...laterSystem)
    } else {
      system.push(...laterSystem)
      conversion.degrade('messages.system')
    }
    laterSystem = []
  }

  function add(message: JsonObject, path: string): void {
    switch (message['role']) {
      case 'system':
      case 'developer': {
        const blocks = toFilledBlocks(message['content'], `${path}.content`, conversion)
        return void (turns.length === 0 ? system : laterSystem).push(...blocks)
      }
      case 'user': {
        if (typeof message['name'] === 'string') conversion.degrade('messages.name')
        const blocks = toFilledBlocks(message['content'], `${path}.content`, conversion)
        for (const block of blocks) openCalls.settle(block, path)
        if (blocks.length > 0) turnOf('user').content.push(...blocks)
        return
      }
      case 'assistant': {
        if (turns.at(-1)?.role !== 'assistant') openCalls.requireNone(path)
        placeLaterSystem()
        const blocks = toAssistantBlocks(message, path, conversion)
        for (const block of blocks) openCalls.open(block)
        if (blocks.length > 0) turnOf('assistant').content.push(...blocks)
        return
      }
      case 'tool':
      case 'function': {
        const result = toToolResult(message, path, conversion)
        openCalls.settle(result, path)
        const { content } = turnOf('user')
        content.splice(content.findLastIndex(isToolResult) + 1, 0, result)
        return
      }
      default:
        throw invalid(`${path}.role`, `"${path}.role" is no role that a message can have.`)
    }
  }

  messages.forEach((message: unknown, index) => {
    const path = `messages[${index}]`
    if (!isObject(message)) throw invalid(path, `"${path}" must be a message.`)
    add(message, path)
  })
  openCalls.requireNone(`messages[${messages.length - 1}]`)
  placeLaterSystem()
  return withTurn({ system, turns }, conversion)
}

function toFilledBlocks(content: unknown, path: string, conversion: Conversion): Block[] {
  return toBlocks(content, path, conversion).filter((block) => !isBlank(block))
}

function toAssistantBlocks(message: JsonObject, path: string, conversion: Conversion): Block[] {
  if (hasLostReasoning(message)) conversion.degrade('messages.reasoning_content')
  const content = toBlocks(message['content'], `${path}.content`, conversion)
  if (typeof message['refusal'] === 'string') {
    content.push({ type: 'text', text: message['refusal'] })
  }
  const calls = objectsIn(message['tool_calls']).map((call) => toToolUse(call, conversion))
  return weave(content, calls, placedBlocksOf(message)).filter((block) => !isBlank(block))
}

function toToolUse(call: JsonObject, conversion: Conversion): Block {
  const called = isObject(call['function']) ? call['function'] : {}
  const id = toCallId(call['id'])
  const name = textOf(called['name']) ?? ''
  return { type: 'tool_use', id, name, input: toInput(called['arguments'], conversion) }
}

/** The API takes objects only. What a model wrote wrongly is kept as a text in one. */
function toInput(written: unknown, conversion: Conversion): JsonObject {
  if (isObject(written)) return written
  const text = textOf(written) ?? ''
  if (text.trim() === '') return {}
  const input = parseObject(text)
  if (!input) conversion.degrade('messages.tool_calls.function.arguments')
  return input ?? { arguments: text }
}

function toToolResult(message: JsonObject, path: string, conversion: Conversion): Block {
  const result = { type: 'tool_result', tool_use_id: toCallId(message['tool_call_id']) }
  const blocks = toFilledBlocks(message['content'], `${path}.content`, conversion)
  if (blocks.length === 0) return result
  return {
    ...result,
    content: typeof message['content'] === 'string' ? message['content'] : blocks,
  }
}

function isToolResult(block: Block): boolean {
  return block.type === 'tool_result'
}

/** The API wants at least one turn: where the caller has but system messages, these are it. */
function withTurn({ system, turns }: Conversation, conversion: Conversion): Conversation {
  if (turns.length > 0) return { system, turns }
  if (system.length === 0) throw invalid('messages', 'The messages have no content.')
  conversion.degrade('messages.system')
  return { system: [], turns: [{ role: 'user', content: [...system] }] }
}
