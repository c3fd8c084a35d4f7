import { Ajv, type ErrorObject } from 'ajv'
import addFormats from 'ajv-formats'
import { RE2JS } from 're2js'

import { hasDuplicates } from './duplicates.ts'

export interface JsonSchema {
  readonly source: string
  readonly hasReferences: boolean
  /** What is wrong with a text, as a sentence; undefined when it is JSON and fits. */
  findFault(text: string): string | undefined
}

/** A schema that can not be compiled. */
export class SchemaError extends Error {
  override readonly name = 'SchemaError'
}

/** Compiles a schema of draft-07, given as JSON. Throws a SchemaError. */
export function compileSchema(source: string): JsonSchema {
  const validate = compile(source)
  return {
    source,
    hasReferences: source.includes('"$ref"'),
    findFault(text) {
      let value: unknown
      try {
        value = JSON.parse(text)
      } catch {
        return 'The text is not JSON.'
      }
      return validate(value) ? undefined : describe(validate.errors?.[0])
    },
  }
}

function compile(source: string) {
  const ajv = new Ajv({
    ...LENIENT,
    validateSchema: false,
    ownProperties: true,
    code: { regExp: linearTime },
  })
  addFormats.default(ajv)
  ajv.removeKeyword('uniqueItems')
  ajv.addKeyword({
    keyword: 'uniqueItems',
    type: 'array',
    schemaType: 'boolean',
    validate: (isUnique: boolean, items: unknown[]) => !isUnique || !hasDuplicates(items),
    error: { message: 'must not have duplicate items' },
  })
  try {
    const schema = JSON.parse(source) as object
    checkSchema(schema)
    const validate = ajv.compile<unknown>(schema)
    if (!('$async' in validate)) return validate
  } catch (cause) {
    throw new SchemaError(cause instanceof Error ? cause.message : 'it is not valid', { cause })
  }
  throw new SchemaError('it is asynchronous')
}

/** Draft-07 lets unknown keywords and formats pass. */
const LENIENT = { strict: false, logger: false } as const
let schemaChecker: Ajv | undefined

/** Compiles the schema of schemas once for all: that takes twenty times as long as compiling one. */
function checkSchema(schema: object): void {
  schemaChecker ??= new Ajv(LENIENT)
  if (schemaChecker.validateSchema(schema)) return
  throw new SchemaError(schemaChecker.errorsText(undefined, { dataVar: 'schema' }))
}

/** The schema's patterns meet texts of strangers, which JavaScript's own engine can choke on. */
const linearTime = Object.assign((pattern: string) => RE2JS.compile(pattern), { code: 're2' })

const LONGEST_PATH = 100

function describe(error: ErrorObject | undefined): string {
  const path = error?.instancePath.slice(0, LONGEST_PATH) ?? ''
  const where = path === '' ? 'The JSON' : `"${path}" of the JSON`
  return `${where} does not fit the schema: it ${error?.message ?? 'is not valid'}.`
}
