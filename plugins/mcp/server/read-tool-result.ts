import { type Result, SdkError, SdkErrorCode, specTypeSchemas } from '@modelcontextprotocol/client'

import { isObject } from './call-line.ts'

type Wire = Readonly<Record<string, unknown>>

/** Reads what a server of 2026-07-28 answered to a call of a tool. Throws an SdkError. */
export function readModernToolResult(raw: Wire): Result {
  const { resultType, ...result } = raw
  if (resultType === 'input_required') return readQuestions(raw)
  if (typeof resultType !== 'string') throw invalid('it does not say whether it is complete')
  if (resultType !== 'complete') {
    throw new SdkError(
      SdkErrorCode.UnsupportedResultType,
      `Unsupported result type '${resultType}' for tools/call`,
    )
  }
  if (!Array.isArray(raw['content'])) throw invalid('it has no content')
  if (!isPlain(result)) check(result)
  return result
}

/** The same of a server of 2025 or earlier, whose results say nothing of themselves. */
export function readToolResult(raw: Wire): Result {
  const { resultType: _unknown, ...result } = raw
  const { structuredContent: value } = raw
  return isPlain(result) && (value === undefined || isObject(value)) ? result : check(result)
}

function readQuestions({ inputRequests, requestState, _meta: meta }: Wire): Result {
  const asked = isObject(inputRequests) ? inputRequests : {}
  const hasState = typeof requestState === 'string'
  if (Object.keys(asked).length === 0 && !hasState) throw invalid('it asks for nothing')
  return {
    resultType: 'input_required',
    inputRequests: asked,
    ...(hasState && { requestState }),
    ...(isObject(meta) && { _meta: meta }),
  }
}

/** Texts and nothing else, as most results are: what the schema would find right in any case. */
function isPlain({ content, isError, _meta: meta }: Wire): boolean {
  if (isError !== undefined && typeof isError !== 'boolean') return false
  if (meta !== undefined && !isObject(meta)) return false
  return Array.isArray(content) && content.every(isText)
}

function isText(block: unknown): boolean {
  return (
    isObject(block) &&
    block['type'] === 'text' &&
    typeof block['text'] === 'string' &&
    Object.keys(block).length === 2
  )
}

function check(result: Wire): Result {
  const outcome = specTypeSchemas.CallToolResult['~standard'].validate(result)
  if (!outcome.issues) return outcome.value
  throw invalid(outcome.issues.map(({ message }) => message).join('; '))
}

function invalid(why: string): SdkError {
  return new SdkError(SdkErrorCode.InvalidResult, `Invalid result for tools/call: ${why}`)
}
