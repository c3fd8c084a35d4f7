import type { Block } from './blocks.ts'
import { invalid } from './conversion.ts'

/** The tool calls of a turn that wait for their results. The API refuses a call without one. */
export interface OpenCalls {
  /** Notes a call; other blocks are none. */
  open(block: Block): void
  /** Notes a result. Throws a 400 when no call waits for it; other blocks are no results. */
  settle(block: Block, path: string): void
  /** Throws a 400 when a call still waits. */
  requireNone(path: string): void
}

/** Keeps the calls of the last turn of the assistant. */
export function createOpenCalls(): OpenCalls {
  const ids = new Set<unknown>()
  return {
    open(block) {
      if (block.type === 'tool_use') ids.add(block['id'])
    },
    settle(block, path) {
      if (block.type !== 'tool_result' || ids.delete(block['tool_use_id'])) return
      const message = `"${path}" is the result of a tool call, but no message of the assistant before it has that call.`
      throw invalid(`${path}.tool_call_id`, message)
    },
    requireNone(path) {
      if (ids.size === 0) return
      const waiting = [...ids].map((id) => `"${String(id)}"`).join(', ')
      const message = `A message with role "tool" must follow for each tool call. Missing: ${waiting}.`
      throw invalid(path, message)
    },
  }
}

/** An id that the API accepts: other makers write characters into theirs that it does not. */
export function toCallId(id: unknown): string {
  const text = typeof id === 'string' ? id : ''
  return text.replaceAll(/[^\w-]/g, '_')
}
