import type { ToolCall } from '../chat/request.ts'
import type { ToolAnswer } from '../tool-call.ts'
import type { OpenTools } from '../tool-source.ts'
import type { DoneCall } from './run-calls.ts'
import type { ToolUse } from './tool-use.ts'

type Note = Readonly<Record<string, unknown>>

/**
 * What the caller is told of the calls that the gateway runs, under `tapgate`: which tool, what it was
 * asked, how it went, and of its answer the kinds and sizes. The words of the answer were for the model.
 */
export class ToolNotes {
  readonly #tools: ReadonlyMap<string, { readonly server: string; readonly tool: string }>
  readonly #calls = new Map<string, Record<string, unknown>>()

  constructor({ tools }: OpenTools) {
    this.#tools = new Map(tools.map((one) => [one.definition.function.name, one]))
  }

  begin({ id, function: called }: ToolCall): Note {
    const known = this.#tools.get(called.name)
    const call = {
      id,
      server: known?.server ?? null,
      name: known?.tool ?? called.name,
      arguments: called.arguments,
    }
    this.#calls.set(id, call)
    return { tool_call: { ...call } }
  }

  done({ call, answer, durationMs }: DoneCall): Note {
    const result = {
      is_error: answer.isError === true,
      duration_ms: durationMs,
      content: contentOf(answer),
    }
    Object.assign(this.#calls.get(call.id) ?? {}, result)
    return { tool_result: { id: call.id, ...result } }
  }

  end({ stop, turns, calls }: ToolUse): Note {
    return { tools: { stop, turns: turns.length, calls } }
  }

  /** All of it, for an answer in one piece. */
  all(use: ToolUse): Note {
    return { tool_calls: [...this.#calls.values()], ...this.end(use) }
  }
}

function contentOf({ content, structuredContent }: ToolAnswer): Note[] {
  const items = content.map((item): Note => {
    if (item.type === 'text') return { type: item.type, characters: item.text.length }
    const { mimeType } = item.type === 'resource' ? item.resource : item
    return { type: item.type, ...(mimeType === undefined ? {} : { mime_type: mimeType }) }
  })
  return structuredContent === undefined ? items : [...items, { type: 'structured' }]
}
