import { estimateTokenCount } from 'tokenx'

import { GatewayError } from '#core'

/** One text of a request, and how many tokens it has. */
export interface Input {
  readonly text: string
  readonly tokens: number
}

/**
 * The texts of a `prompt` or `input`: one, several, or the same as token numbers. Tokens of no
 * known alphabet can not be read; they stand for themselves. Throws `invalid_parameter`.
 */
export function toInputs(param: string, value: unknown): readonly Input[] {
  if (typeof value === 'string') return [ofText(value)]
  const list: readonly unknown[] = Array.isArray(value) ? value : []
  if (isTokens(list)) return [ofTokens(list)]
  const texts = list.filter((item) => typeof item === 'string')
  if (texts.length > 0 && texts.length === list.length) return texts.map(ofText)
  const tokenLists = list.filter(isTokens)
  if (tokenLists.length > 0 && tokenLists.length === list.length) return tokenLists.map(ofTokens)
  const message = `"${param}" must be a text, a list of texts, or token numbers, and not empty.`
  throw new GatewayError('invalid_parameter', message, { param })
}

function ofText(text: string): Input {
  return { text, tokens: estimateTokenCount(text) }
}

function ofTokens(tokens: readonly number[]): Input {
  return { text: `[tokens: ${tokens.join(' ')}]`, tokens: tokens.length }
}

function isTokens(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === 'number')
}
