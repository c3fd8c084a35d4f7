import type { ChatRequest } from '#core'
import { GatewayError } from '#core'

import { isObject, objectsIn, textIn, type JsonObject } from './json.ts'

/** Whether functions may (`AUTO`, `VALIDATED`), must (`ANY`) or must not be called, and which of them. */
export interface ToolChoice {
  readonly mode: 'AUTO' | 'VALIDATED' | 'ANY' | 'NONE'
  /** None named: all of them. */
  readonly names?: readonly string[] | undefined
}

/** `tool_choice` in Gemini's words: https://ai.google.dev/gemini-api/docs/function-calling#function_calling_modes. */
export function toToolChoice({ tool_choice: wish }: ChatRequest): ToolChoice {
  const choice: unknown = wish ?? 'auto'
  if (choice === 'auto') return { mode: 'AUTO' }
  if (choice === 'none') return { mode: 'NONE' }
  if (choice === 'required') return { mode: 'ANY' }
  const named = isObject(choice) ? functionName(choice) : undefined
  if (named !== undefined) return { mode: 'ANY', names: [named] }
  const allowed = isObject(choice) ? choice['allowed_tools'] : undefined
  if (!isObject(allowed)) {
    const message = 'tool_choice must be "none", "auto", "required" or name a function.'
    throw new GatewayError('invalid_parameter', message, { param: 'tool_choice' })
  }
  const names = objectsIn(allowed['tools']).flatMap((tool) => functionName(tool) ?? [])
  return { mode: allowed['mode'] === 'required' ? 'ANY' : 'VALIDATED', names }
}

function functionName(choice: JsonObject): string | undefined {
  const named = choice['function']
  return isObject(named) ? textIn(named['name']) : undefined
}
