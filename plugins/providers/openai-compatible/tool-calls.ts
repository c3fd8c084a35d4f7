import type { ToolCall, ToolCallDelta } from '#core'

import { isFields, textOf, type Fields } from './fields.ts'

/** The tool calls of a whole answer, each with its type and with arguments that are JSON text. */
export function readToolCalls(value: unknown): ToolCall[] | undefined {
  if (!Array.isArray(value)) return undefined
  return value.filter(isFields).map((call) => {
    const { id, function: called } = call
    const { name, arguments: given } = isFields(called) ? called : {}
    const fn = { name: textOf(name) ?? '', arguments: argumentsText(given) || '{}' }
    return { ...call, id: textOf(id) ?? '', type: 'function', function: fn }
  })
}

function argumentsText(value: unknown): string {
  if (value === undefined || value === null) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** Follows the tool calls of one streamed answer. */
export interface ToolCallStream {
  /** Pieces with a stable index: Mistral sends none, and some local servers send 0 for every call. */
  read(value: unknown): ToolCallDelta[] | undefined
  /** `{}` for each call that came without arguments; asked for once, at the end. */
  missingArguments(): ToolCallDelta[]
}

/** Starts following the tool calls of a streamed answer. */
export function followToolCalls(): ToolCallStream {
  const ids: string[] = []
  const hasArguments: boolean[] = []

  function indexOf(call: Fields): number {
    const id = textOf(call['id'])
    const given = call['index']
    if (id !== undefined && ids.includes(id)) return ids.indexOf(id)
    if (id === undefined) return typeof given === 'number' ? given : Math.max(0, ids.length - 1)
    const isFree = typeof given === 'number' && ids[given] === undefined && given <= ids.length
    const index = isFree ? given : ids.length
    ids[index] = id
    return index
  }

  function readOne(call: Fields): ToolCallDelta {
    const index = indexOf(call)
    const called = isFields(call['function']) ? call['function'] : {}
    const name = textOf(called['name'])
    const piece = argumentsText(called['arguments'])
    hasArguments[index] = hasArguments[index] === true || piece !== ''
    const fn = { ...(name === undefined ? {} : { name }), arguments: piece }
    const id = textOf(call['id'])
    return id === undefined
      ? { index, function: fn }
      : { index, id, type: 'function', function: fn }
  }

  return {
    read: (value) => (Array.isArray(value) ? value.filter(isFields).map(readOne) : undefined),
    missingArguments: () =>
      hasArguments.flatMap((has, index) => (has ? [] : [{ index, function: { arguments: '{}' } }])),
  }
}
