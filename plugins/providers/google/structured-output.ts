import type { ChatRequest } from '#core'
import { GatewayError } from '#core'

import { isObject, type JsonObject } from './json.ts'
import { isGemini3 } from './model.ts'
import { toGeminiSchema } from './schema.ts'
import { toToolChoice } from './tool-choice.ts'
import { hasFunctions, type FunctionDeclaration } from './tools.ts'
import type { TextPart } from './wire.ts'

/** The name of the function whose arguments are the answer. */
export const ANSWER_FUNCTION = 'tapgate_json_answer'

/** What a `response_format` becomes: fields of `generationConfig`, a function, or words. */
export interface StructuredOutput {
  readonly config?: JsonObject
  readonly answer?: FunctionDeclaration
  readonly instruction?: TextPart
}

/**
 * JSON as the answer. Before the third generation Gemini refuses a format beside functions: there the
 * answer is what one more function is called with, or, without a schema, what the instruction asks for.
 */
export function toStructuredOutput(request: ChatRequest, model: string): StructuredOutput {
  const format = request.response_format
  if (!format || format.type === 'text' || mustCallFunction(request)) return {}
  if (format.type !== 'json_schema' && format.type !== 'json_object') throw unknownFormat(format)
  const schema = format.type === 'json_schema' ? format.json_schema?.schema : undefined
  const responseJsonSchema = schema ? toGeminiSchema(schema).schema : undefined
  if (!hasFunctions(request) || isGemini3(model)) {
    return { config: { responseMimeType: 'application/json', responseJsonSchema } }
  }
  if (responseJsonSchema?.['type'] !== 'object') return { instruction: inWords(schema) }
  const description = 'Gives the final answer. Call it instead of answering in words.'
  return {
    answer: { name: ANSWER_FUNCTION, description, parametersJsonSchema: responseJsonSchema },
  }
}

/** Whether the format is reached in another way than Gemini's own, or not to the letter. */
export function isFormatInexact(request: ChatRequest, model: string): boolean {
  const { answer, instruction } = toStructuredOutput(request, model)
  const format = request.response_format
  const schema = format?.type === 'json_schema' ? format.json_schema?.schema : undefined
  const isSchemaInexact = isObject(schema) && !toGeminiSchema(schema).isExact
  return answer !== undefined || instruction !== undefined || isSchemaInexact
}

/** When a function must be called there is no answer to format. */
function mustCallFunction(request: ChatRequest): boolean {
  return hasFunctions(request) && toToolChoice(request).mode === 'ANY'
}

function unknownFormat(format: never): GatewayError {
  const { type }: JsonObject = format
  const message = `Google has no response_format of the type "${String(type)}".`
  return new GatewayError('unsupported_parameter', message, { param: 'response_format.type' })
}

function inWords(schema: unknown): TextPart {
  const rule = schema ? ` that is valid by this JSON Schema: ${JSON.stringify(schema)}` : ''
  return { text: `Answer with nothing but JSON${rule}.` }
}
