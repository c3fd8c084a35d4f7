import type { GuardAction, GuardSettings, GuardStage } from '../guard.ts'
import type { PluginEntry } from '../plugin.ts'
import type { Input, ObjectSchema, Output, Schema } from '../schema.ts'
import { createGuard } from './instance.ts'
import type { GuardCheck, GuardKind, GuardTools } from './kind.ts'
import { toOption } from './option-name.ts'
import { toolsFor } from './tools.ts'

/** What an author of a guard kind writes. */
export interface GuardDefinition<S extends ObjectSchema> {
  readonly type: string
  readonly title: string
  readonly summary: string
  /** By wire names (`match_type`); the config file writes them as `matchType`. */
  readonly parameters: S
  readonly requestParameters?: { readonly [name: string]: object }
  /** Both when nothing is said. */
  readonly stages?: readonly GuardStage[]
  /** `validate` and `observe` when nothing is said. Name `redact` when the check gives spans. */
  readonly actions?: readonly GuardAction[]
  /** What an instance does when nothing is said: the first of `actions`. */
  readonly action?: GuardAction
  /** Where an instance stands when nothing is said: all of `stages`. */
  readonly stage?: GuardStage | 'both'
  /** 250 for a check that does not wait; give more to one that asks over the network. */
  readonly timeoutMs?: number
  create(parameters: Output<S>, tools: GuardTools): GuardCheck
}

/** Called in the config file to declare a guard; `kind` is what the API makes guards of. */
export type GuardFactory<S extends ObjectSchema> = (Record<never, never> extends Input<S>
  ? (options?: GuardOptions<S>) => PluginEntry
  : (options: GuardOptions<S>) => PluginEntry) & { readonly kind: GuardKind }

type GuardOptions<S> = CommonOptions & {
  readonly [Name in keyof Input<S> as Camel<Name>]: Input<S>[Name]
}

type Camel<Name> = Name extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<Camel<Tail>>}`
  : Name

interface CommonOptions {
  /** What requests call it by; the type with dashes. Two guards of one kind need an id each. */
  readonly id?: string
  readonly stage?: GuardStage | 'both'
  /** `validate` blocks, `redact` masks, `rewrite` takes the guard's text, `observe` only records. */
  readonly action?: GuardAction
  /** `always`; `on-request` is only for requests, targets and policies that name it. */
  readonly apply?: 'always' | 'on-request'
  /** What becomes of a text that could not be judged: `block`. */
  readonly onError?: 'block' | 'allow'
  /** How long one check may take. */
  readonly timeoutMs?: number
}

/** Defines a kind of guard, and with it the plugin that declares one in the config file. */
export function defineGuard<const S extends ObjectSchema>(
  definition: GuardDefinition<S>,
): GuardFactory<S> {
  const kind = kindOf(definition)
  const name = kind.type.replaceAll('_', '-')
  const plugin = {
    name,
    schema: optionsSchema(kind, name),
    setup(host: Parameters<typeof toolsFor>[1] & { readonly options: unknown }) {
      const settings = settingsOf(kind, host.options as Options)
      return {
        guardKinds: [kind],
        guards: [createGuard(kind, settings, toolsFor(settings, host))],
      }
    },
  }
  const factory = (options: unknown): PluginEntry => ({ plugin, options: options ?? {} })
  return Object.assign(factory, { kind }) as unknown as GuardFactory<S>
}

function kindOf<S extends ObjectSchema>(definition: GuardDefinition<S>): GuardKind {
  const stages = definition.stages ?? (['input', 'output'] as const)
  const actions = definition.actions ?? (['validate', 'observe'] as const)
  const { type, title, summary, parameters, requestParameters } = definition
  return {
    type,
    title,
    summary,
    parameters,
    ...(requestParameters ? { requestParameters } : {}),
    stages,
    actions,
    defaults: {
      stage: definition.stage ?? (stages.length === 2 ? 'both' : (stages[0] ?? 'both')),
      action: definition.action ?? actions[0] ?? 'validate',
      timeoutMs: definition.timeoutMs ?? 250,
    },
    // Parameters are checked against the schema before every call.
    create: (checked, tools) => definition.create(checked as Output<S>, tools),
  }
}

/** The schema of the options: what all guards have in common, and the parameters in camelCase. */
function optionsSchema(kind: GuardKind, id: string): ObjectSchema {
  const { parameters, stages, actions, defaults } = kind
  const own = Object.entries(parameters.properties ?? {}).map(
    ([name, schema]): [string, Schema] => [toOption(name), schema],
  )
  return {
    type: 'object',
    additionalProperties: false,
    required: (parameters.required ?? []).map(toOption),
    properties: {
      id: { type: 'string', minLength: 1, default: id },
      stage: { enum: stages.length === 2 ? [...stages, 'both'] : stages, default: defaults.stage },
      action: { enum: actions, default: defaults.action },
      apply: { enum: ['always', 'on-request'], default: 'always' },
      onError: { enum: ['block', 'allow'], default: 'block' },
      timeoutMs: { type: 'integer', minimum: 1, default: defaults.timeoutMs },
      ...Object.fromEntries(own),
    },
  }
}

type Options = Readonly<Record<string, unknown>> &
  Pick<GuardSettings, 'id' | 'stage' | 'action' | 'apply' | 'onError' | 'timeoutMs'>

function settingsOf(kind: GuardKind, options: Options): GuardSettings {
  const { id, stage, action, apply, onError, timeoutMs } = options
  const names = Object.keys(kind.parameters.properties ?? {})
  const parameters = Object.fromEntries(
    names.flatMap((name) => {
      const value = options[toOption(name)]
      return value === undefined ? [] : [[name, value]]
    }),
  )
  return { id, type: kind.type, name: id, stage, action, apply, onError, timeoutMs, parameters }
}
