import type { ToolCall, ToolMessage } from '#core'
import { GatewayError } from '#core'

import { isObject, objectsIn, parseJson, textIn, type JsonObject } from './json.ts'
import { toParts } from './parts.ts'
import { lacksSignature, MISSING_SIGNATURE, signatureIn } from './signature.ts'
import type { InlineData, Part } from './wire.ts'

/** The tool calls of a message, checked; the older `function_call` is one without an id. */
export function callsIn(message: JsonObject, param: string): readonly ToolCall[] {
  const older = message['function_call']
  const calls = objectsIn(message['tool_calls'])
  return isObject(older)
    ? [toCall({ id: '', function: older }, `${param}.function_call`)]
    : calls.map((call, index) => toCall(call, `${param}.tool_calls[${index}]`))
}

function toCall(call: JsonObject, param: string): ToolCall {
  const tool = call['function']
  const name = isObject(tool) ? textIn(tool['name']) : undefined
  if (!isObject(tool) || name === undefined) {
    throw new GatewayError('invalid_parameter', `${param} must have the name of a function.`, {
      param,
    })
  }
  const given = tool['arguments'] ?? ''
  const text = typeof given === 'string' ? given : JSON.stringify(given)
  const extra = call['extra_content']
  return {
    id: textIn(call['id']) ?? '',
    type: 'function',
    function: { name, arguments: text },
    ...(isObject(extra) ? { extra_content: { ...extra } } : {}),
  }
}

/** The tool calls of one turn as parts. `mustBeSigned`: Gemini 3 refuses a turn whose first call is not. */
export function toFunctionCalls(calls: readonly ToolCall[], mustBeSigned: boolean): Part[] {
  const isSignatureMissing = mustBeSigned && lacksSignature(calls)
  return calls.map((call, index) => ({
    functionCall: {
      id: textIn(call.id),
      name: call.function.name,
      args: toArguments(call.function.arguments),
    },
    thoughtSignature:
      index === 0 && isSignatureMissing ? MISSING_SIGNATURE : signatureIn(call.extra_content),
  }))
}

/** Gemini takes objects only; what a model wrote instead is kept as it is, under a name. */
function toArguments(text: string): JsonObject {
  const value = text.trim() === '' ? null : parseJson(text)
  if (value === null) return {}
  return isObject(value) ? value : { arguments: value ?? text }
}

/** Whether the arguments of a call have to be put under a name. */
export function isOddCall(call: ToolCall): boolean {
  const text = call.function.arguments
  const value = text.trim() === '' ? null : parseJson(text)
  return value !== null && !isObject(value)
}

/** The result of a tool, and the media in it that can not stand inside of it. */
export interface ToolResult {
  readonly response: Part
  readonly media: readonly Part[]
}

/**
 * The result of a tool. The words go in as one text: read as JSON, a `$ref` in them would be taken for
 * a reference, and long numbers would be rounded. `canHoldMedia`: Gemini 3 takes files in a result.
 */
export function toToolResult(
  message: ToolMessage,
  name: string,
  canHoldMedia: boolean,
  param: string,
): ToolResult {
  const parts = toParts(message.content, `${param}.content`)
  const output = parts.map((part) => ('text' in part ? part.text : '')).join('')
  const files = parts.filter((part) => !('text' in part))
  const held = canHoldMedia ? files.filter(isInline) : []
  return {
    response: {
      functionResponse: {
        id: textIn(message.tool_call_id),
        name,
        response: { output },
        parts: held.length > 0 ? held : undefined,
      },
    },
    media: canHoldMedia ? files.filter((part) => !isInline(part)) : files,
  }
}

function isInline(part: Part): part is { readonly inlineData: InlineData } {
  return 'inlineData' in part
}

/** The name of the tool that a result is of. Throws when no call came before it and it names none. */
export function toolNameOf(
  message: ToolMessage,
  names: ReadonlyMap<string, string>,
  param: string,
): string {
  const name = names.get(message.tool_call_id ?? '') ?? message.name
  if (name) return name
  throw new GatewayError(
    'invalid_parameter',
    `${param}.tool_call_id must be the id of a tool call in a message before it.`,
    { param: `${param}.tool_call_id` },
  )
}
