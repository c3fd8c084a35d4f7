import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import addFormats from 'ajv-formats'

import { didYouMean } from './nearest.ts'

/** The part of JSON Schema that options use: enough to check, to type and to document them. */
export type Schema =
  | StringSchema
  | NumberSchema
  | { type: 'boolean'; default?: boolean; description?: string }
  | { enum: readonly string[]; default?: string; description?: string }
  | {
      type: 'array'
      items: Schema
      minItems?: number
      maxItems?: number
      default?: readonly never[]
      description?: string
    }
  | { anyOf: readonly Schema[]; description?: string }
  | ObjectSchema
  | AnySchema

interface StringSchema {
  type: 'string'
  minLength?: number
  pattern?: string
  format?: 'uri' | 'date-time'
  default?: string
  description?: string
}

interface NumberSchema {
  type: 'number' | 'integer'
  minimum?: number
  exclusiveMinimum?: number
  maximum?: number
  default?: number
  description?: string
}

/** Anything goes; the plugin checks it itself. */
interface AnySchema {
  description: string
}

export interface ObjectSchema {
  type: 'object'
  properties?: { readonly [name: string]: Schema }
  required?: readonly string[]
  additionalProperties: boolean | Schema
  description?: string
}

/** The value after the check: every default is filled in. */
export type Output<S> = Infer<S, 'output'>
/** The value a person writes: what has a default may be left out. */
export type Input<S> = Infer<S, 'input'>

type Infer<S, Side> = S extends { anyOf: readonly (infer Option)[] }
  ? Option extends unknown
    ? Infer<Option, Side>
    : never
  : S extends { enum: readonly (infer Value)[] }
    ? Value
    : S extends { type: 'string' }
      ? string
      : S extends { type: 'number' | 'integer' }
        ? number
        : S extends { type: 'boolean' }
          ? boolean
          : S extends { type: 'array'; items: infer Item }
            ? readonly Infer<Item, Side>[]
            : S extends { type: 'object' }
              ? InferObject<S, Side>
              : unknown

type InferObject<S, Side> = S extends { properties: infer Fields }
  ? Flat<
      {
        readonly [K in keyof Fields as K extends Present<S, Fields, Side> ? K : never]: Infer<
          Fields[K],
          Side
        >
      } & {
        readonly [K in keyof Fields as K extends Present<S, Fields, Side> ? never : K]?:
          | Infer<Fields[K], Side>
          | undefined
      }
    >
  : S extends { additionalProperties: infer Value }
    ? Value extends false
      ? Record<never, never>
      : Value extends true
        ? Readonly<Record<string, unknown>>
        : { readonly [name: string]: Infer<Value, Side> }
    : Record<never, never>

type Present<S, Fields, Side> =
  | (S extends { required: readonly (infer Name)[] } ? Name : never)
  | (Side extends 'output'
      ? { [K in keyof Fields]: Fields[K] extends { default: unknown } ? K : never }[keyof Fields]
      : never)

type Flat<T> = { readonly [K in keyof T]: T[K] }

const ajv = new Ajv({
  allErrors: true,
  useDefaults: true,
  strict: true,
  strictTypes: false,
  strictRequired: false,
  allowUnionTypes: true,
  verbose: true,
  // Compiling takes a third longer with it, and the checks are no faster.
  code: { optimize: false },
})
addFormats.default(ajv)

/** One thing that is wrong with a value: where, and what. */
export interface Problem {
  /** `messages[0].content`; empty for the value itself. */
  readonly path: string
  readonly message: string
  readonly kind: 'missing' | 'unknown' | 'invalid'
}

/** Compiles a check that returns what is wrong, and fills in the defaults in place. */
export function createCheck(schema: object): (value: unknown) => readonly Problem[] {
  let validate: ValidateFunction | undefined
  return (value) => {
    validate ??= ajv.compile(schema)
    return validate(value) ? [] : toProblems(validate.errors ?? [])
  }
}

function toProblems(errors: readonly ErrorObject[]): Problem[] {
  const telling = errors.filter(({ keyword }) => keyword !== 'if')
  const inner = telling.filter(({ keyword }) => keyword !== 'anyOf' && keyword !== 'oneOf')
  const shown = new Map<string, Problem>()
  for (const error of inner.length > 0 ? inner.filter(isOfNearestShape) : telling) {
    const problem = toProblem(error)
    shown.set(`${problem.path}\n${problem.message}`, problem)
  }
  return [...shown.values()]
}

/** A value that fits one of several shapes in part is told what that one wants, not that it is no other. */
function isOfNearestShape(
  error: ErrorObject,
  _index: number,
  all: readonly ErrorObject[],
): boolean {
  const { instancePath: path } = error
  return !isOtherShape(error) || !all.some((one) => isWithin(one, path) && !isOtherShape(one))
}

function isOtherShape({ keyword, schemaPath }: ErrorObject): boolean {
  return keyword === 'type' && /\/anyOf\/\d+\/type$/.test(schemaPath)
}

function isWithin({ instancePath }: ErrorObject, path: string): boolean {
  return instancePath === path || instancePath.startsWith(`${path}/`)
}

function toProblem(error: ErrorObject): Problem {
  const path = toPath(error.instancePath)
  const { keyword, params } = error
  if (keyword === 'required') {
    const name = String(params['missingProperty'])
    return { path: join(path, name), message: 'is required', kind: 'missing' }
  }
  if (keyword === 'additionalProperties') {
    const name = String(params['additionalProperty'])
    const known = Object.keys((error.parentSchema as ObjectSchema).properties ?? {})
    return {
      path: join(path, name),
      message: `is not known${didYouMean(name, known)}`,
      kind: 'unknown',
    }
  }
  if (keyword === 'enum') {
    const allowed = (params['allowedValues'] as unknown[]).map(String)
    const hint = typeof error.data === 'string' ? didYouMean(error.data, allowed) : ''
    return { path, message: `must be one of ${allowed.join(', ')}${hint}`, kind: 'invalid' }
  }
  return { path, message: error.message ?? 'is not valid', kind: 'invalid' }
}

function toPath(pointer: string): string {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce((path, part) => (/^\d+$/.test(part) ? `${path}[${part}]` : join(path, part)), '')
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`
}
