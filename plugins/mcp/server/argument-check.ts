import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { LRUCache } from 'lru-cache'
import { RE2JS } from 're2js'

import { requestProblem, type McpTool } from '#core'

import { measureValue, weighSchema, type SchemaWeight } from './check-cost.ts'

/** Heavier schemas are left to the server: compiling them would hold up everybody. */
const MAX_SCHEMA_LETTERS = 100_000
const MAX_SCHEMA_PARTS = 3_000
/** So are arguments that take more steps to check: about a tenth of a second. */
const MAX_STEPS = 5_000_000
const MAX_KEPT = 2_000

/** Patterns of strangers' schemas meet texts of strangers, which JavaScript's own engine chokes on. */
const linearTime = Object.assign((pattern: string) => RE2JS.compile(pattern), { code: 're2' })

const LENIENT = {
  strict: false,
  logger: false,
  validateSchema: false,
  ownProperties: true,
  addUsedSchema: false,
  // Only an annotation in the protocol's dialect.
  validateFormats: false,
  code: { regExp: linearTime },
} as const

interface Check {
  readonly validate: ValidateFunction
  readonly weight: SchemaWeight
}

const byTool = new WeakMap<McpTool, Check | null>()
/** Lists are read anew, and each caller may have one of its own: most of them say the same. */
const bySchema = new LRUCache<string, { readonly check: Check | null }>({ max: MAX_KEPT })

/**
 * Checks arguments before they leave. Throws a GatewayError `invalid_parameter` (400) with the path
 * of what does not fit. What can not be compiled, or not be checked in a moment, is left to the server.
 */
export function checkArguments(tool: McpTool, args: Readonly<Record<string, unknown>>): void {
  let check = byTool.get(tool)
  if (check === undefined) {
    check = compile(tool.inputSchema)
    byTool.set(tool, check)
  }
  if (!check || stepsOf(check.weight, args) > MAX_STEPS) return
  const { validate } = check
  if (validate(args)) return
  const [problem] = validate.errors ?? []
  // What may be left out may be null: that is how many models leave it out.
  if (problem && !validate(withoutNulls(args))) throw toProblem(problem)
}

function stepsOf({ perValue, perLetter }: SchemaWeight, args: object): number {
  const { values, letters } = measureValue(args)
  return perValue * values + perLetter * letters
}

function withoutNulls(args: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(args).filter(([, value]) => value !== null))
}

function compile(schema: object): Check | null {
  let source: string
  try {
    source = JSON.stringify(schema)
  } catch {
    // Nobody nests so deep who means well.
    return null
  }
  if (source.length > MAX_SCHEMA_LETTERS) return null
  const known = bySchema.get(source)
  if (known) return known.check
  let check: Check | null = null
  try {
    const weight = weighSchema(schema)
    if (weight.perValue <= MAX_SCHEMA_PARTS) {
      const validate = newAjv(schema).compile(schema)
      if (!('$async' in validate)) check = { validate, weight }
    }
  } catch {
    // Its dialect, a reference or a pattern is not known here: the server checks it itself.
  }
  bySchema.set(source, { check })
  return check
}

/** One for each schema: what one server calls `$id` is nothing to another. */
function newAjv(schema: object): Ajv {
  const dialect = '$schema' in schema ? String(schema.$schema) : ''
  const ajv = /draft-0[4-7]/.test(dialect) ? new Ajv(LENIENT) : new Ajv2020(LENIENT)
  // Compares each item with each other: the server may do that.
  return ajv.removeKeyword('uniqueItems')
}

function toProblem({ instancePath, keyword, params, message }: ErrorObject): Error {
  const at = instancePath
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce(
      (path, part) => (/^\d+$/.test(part) ? `${path}[${part}]` : `${path}.${part}`),
      'arguments',
    )
  if (keyword === 'required') {
    return requestProblem(`${at}.${String(params['missingProperty'])}`, 'is required')
  }
  if (keyword === 'additionalProperties') {
    return requestProblem(`${at}.${String(params['additionalProperty'])}`, 'is not known')
  }
  return requestProblem(at, message ?? 'is not valid')
}
