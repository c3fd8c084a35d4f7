import type { ChatRequest } from '#core'
import { GatewayError } from '#core'

import { isObject, objectsIn, textIn, type JsonObject } from './json.ts'
import { isGemini3 } from './model.ts'
import { toGeminiSchema } from './schema.ts'
import { toToolChoice, type ToolChoice } from './tool-choice.ts'

/** `tools` and `toolConfig` as Gemini takes them. */
export interface Tools {
  readonly tools?: readonly JsonObject[]
  readonly toolConfig?: JsonObject
}

/** A function that the model can call. */
export interface FunctionDeclaration {
  readonly name: string
  readonly description: string
  readonly parametersJsonSchema?: JsonObject | undefined
}

/**
 * The functions and Google's own tools in a request, and which of them the model may use.
 * `answer` is the function that carries the answer, where one does: it or another is always called.
 */
export function toTools(request: ChatRequest, model: string, answer?: FunctionDeclaration): Tools {
  const choice = toToolChoice(request)
  const native = choice.mode === 'NONE' ? [] : nativeToolsIn(request)
  const functionDeclarations = declarationsIn(request)
  if (functionDeclarations.length === 0) {
    if (choice.mode === 'ANY') throw nothingToChoose()
    return native.length > 0 ? { tools: native } : {}
  }
  if (answer) {
    const tools = [...native, { functionDeclarations: [...functionDeclarations, answer] }]
    return { tools, toolConfig: toConfig(choiceWith(answer.name, choice), false) }
  }
  const tools = [...native, { functionDeclarations }]
  const isMixed = native.length > 0 && isGemini3(model)
  const isStrict = objectsIn(request.tools).some(isStrictFunction)
  if (choice.mode === 'AUTO' && (isMixed || isStrict)) {
    return { tools, toolConfig: toConfig({ mode: 'VALIDATED' }, isMixed) }
  }
  return request.tool_choice ? { tools, toolConfig: toConfig(choice, isMixed) } : { tools }
}

function toConfig({ mode, names }: ToolChoice, isMixed: boolean): JsonObject {
  return {
    functionCallingConfig: { mode, allowedFunctionNames: names },
    includeServerSideToolInvocations: isMixed || undefined,
  }
}

function choiceWith(answer: string, { mode, names }: ToolChoice): ToolChoice {
  if (mode === 'NONE') return { mode: 'ANY', names: [answer] }
  return { mode: 'ANY', names: names && [...names, answer] }
}

/** Whether the request has functions that the client runs. */
export function hasFunctions(request: ChatRequest): boolean {
  return objectsIn(request.tools).some(({ type }) => type === 'function')
}

function declarationsIn(request: ChatRequest): readonly FunctionDeclaration[] {
  return objectsIn(request.tools).flatMap((tool, index) => {
    if (nativeTool(tool)) return []
    const param = `tools[${index}]`
    const declared = tool['function']
    if (tool['type'] !== 'function' || !isObject(declared)) throw unknownTool(tool, param)
    const name = textIn(declared['name'])
    if (name === undefined) {
      throw new GatewayError('invalid_parameter', `${param}.function.name is missing.`, { param })
    }
    const description = textIn(declared['description']) ?? ''
    return [{ name, description, parametersJsonSchema: toParameters(declared['parameters']) }]
  })
}

/** A function without parameters has no schema; one that has some takes an object. */
function toParameters(parameters: unknown): JsonObject | undefined {
  const { schema } = toGeminiSchema(parameters)
  if (schema['anyOf'] !== undefined || isObject(schema['additionalProperties'])) return schema
  return isObject(schema['properties']) ? { type: 'object', ...schema } : undefined
}

/** Whether a schema of a function says something that Gemini has no word for. */
export function hasInexactParameters(request: ChatRequest): boolean {
  return objectsIn(request.tools).some((tool) => {
    const declared = tool['function']
    return isObject(declared) && !toGeminiSchema(declared['parameters']).isExact
  })
}

const NATIVE_TOOLS: ReadonlyMap<unknown, string> = new Map([
  ['google_search', 'googleSearch'],
  ['google_search_retrieval', 'googleSearchRetrieval'],
  ['google_maps', 'googleMaps'],
  ['url_context', 'urlContext'],
  ['code_execution', 'codeExecution'],
  ['file_search', 'fileSearch'],
  ['computer_use', 'computerUse'],
])

/** Tools that Google runs, asked for by their type: `{ "type": "google_search" }`. */
function nativeToolsIn(request: ChatRequest): readonly JsonObject[] {
  const listed = objectsIn(request.tools)
    .map(nativeTool)
    .filter((tool) => tool !== undefined)
  return request['web_search_options'] ? [...listed, { googleSearch: {} }] : listed
}

function nativeTool({ type, ...settings }: JsonObject): JsonObject | undefined {
  const name = NATIVE_TOOLS.get(type)
  return name === undefined ? undefined : { [name]: settings }
}

function isStrictFunction(tool: JsonObject): boolean {
  const declared = tool['function']
  return isObject(declared) && declared['strict'] === true
}

function nothingToChoose(): GatewayError {
  const message = 'tool_choice asks for a function, but tools has none.'
  return new GatewayError('invalid_parameter', message, { param: 'tool_choice' })
}

function unknownTool(tool: JsonObject, param: string): GatewayError {
  const message = `${param} is of the type "${String(tool['type'])}", which Google does not have.`
  return new GatewayError('unsupported_parameter', message, { param: `${param}.type` })
}
