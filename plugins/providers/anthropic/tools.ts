import type { ChatRequest } from '#core'

import { cacheControlOf } from './content-parts.ts'
import { invalid, unsupported, type Conversion } from './conversion.ts'
import { toGrammarSchema } from './grammar-schema.ts'
import { isObject, objectsIn, textOf, type JsonObject } from './json.ts'
import { hasBudget, type ThinkingPlan } from './thinking.ts'

/** The API compiles no more of them for one request. */
const MOST_STRICT_TOOLS = 20

/** The tools in Anthropic's form. Tools of Anthropic's own (`web_search_…`) go through as they are. */
export function toTools(tools: unknown, conversion: Conversion): JsonObject[] {
  const listed = objectsIn(tools)
  const strict = listed.filter((tool) => isObject(tool['function']) && tool['function']['strict'])
  const canBeStrict = conversion.traits.hasStructuredOutput && strict.length <= MOST_STRICT_TOOLS
  return listed.map((tool, index) => {
    if (tool['type'] !== 'function') return tool
    return toTool(tool, `tools[${index}]`, canBeStrict, conversion)
  })
}

function toTool(
  tool: JsonObject,
  path: string,
  canBeStrict: boolean,
  conversion: Conversion,
): JsonObject {
  const definition = isObject(tool['function']) ? tool['function'] : {}
  const name = textOf(definition['name'])
  if (name === undefined) throw invalid(`${path}.function.name`, `"${path}" must have a name.`)
  const description = textOf(definition['description'])
  const schema = toInputSchema(definition['parameters'])
  const named = {
    name,
    ...(description ? { description } : {}),
    ...cacheControlOf(tool),
  }
  if (definition['strict'] !== true) return { ...named, input_schema: schema }
  const grammar = canBeStrict ? toGrammarSchema(schema) : undefined
  if (!grammar?.isExact) conversion.degrade('tools.function.strict')
  if (!grammar) return { ...named, input_schema: schema }
  return { ...named, input_schema: grammar.schema, strict: true }
}

/** The API wants a schema, and of an object. */
function toInputSchema(parameters: unknown): JsonObject {
  const schema = isObject(parameters) ? parameters : {}
  const hasFields = isObject(schema['properties']) || 'anyOf' in schema || '$ref' in schema
  return { type: 'object', ...(hasFields ? {} : { properties: {} }), ...schema }
}

/** Which tools the model may or must call, in Anthropic's form; undefined to leave it to the API. */
export function toToolChoice(
  request: ChatRequest,
  plan: ThinkingPlan,
  conversion: Conversion,
): JsonObject | undefined {
  const choice = readChoice(request)
  const isForced = choice['type'] === 'any' || choice['type'] === 'tool'
  if (objectsIn(request.tools).length === 0) {
    if (!isForced) return undefined
    throw invalid('tool_choice', '"tool_choice" asks for a tool, but there are no tools.')
  }
  if (choice['type'] === 'none') return choice
  const isRefused = isForced && (!conversion.traits.hasForcedTools || hasBudget(plan))
  if (isRefused) conversion.degrade('tool_choice')
  const given = isRefused ? { type: 'auto' } : choice
  if (request.parallel_tool_calls === false) return { ...given, disable_parallel_tool_use: true }
  return request.tool_choice === undefined || request.tool_choice === null ? undefined : given
}

function readChoice({ tool_choice: choice }: ChatRequest): JsonObject {
  if (choice === undefined || choice === null || choice === 'auto') return { type: 'auto' }
  if (choice === 'none') return { type: 'none' }
  if (choice === 'required') return { type: 'any' }
  const called: unknown = isObject(choice) ? choice['function'] : undefined
  const name = isObject(called) ? textOf(called['name']) : undefined
  if (isObject(choice) && choice['type'] === 'function' && name !== undefined) {
    return { type: 'tool', name }
  }
  const message =
    'Anthropic models take "none", "auto", "required" or one function as "tool_choice".'
  throw unsupported('tool_choice', message)
}
