import type { Result } from '@modelcontextprotocol/server'

import type { ToolAnswer } from '#core'

/** Says a structured result that is no object as text too, for models that read nothing else (SEP-2106). */
export function withText(result: ToolAnswer): Result {
  const { structuredContent: value, content } = result
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  if (value === undefined || isObject) return result
  if (content?.some(({ type }) => type === 'text')) return result
  return { ...result, content: [...(content ?? []), { type: 'text', text: JSON.stringify(value) }] }
}
