import { type Exchange, GatewayError, type Target } from '#core'

import type { Definition, Fields, Variables } from './definition.ts'

/** The prompts of virtual models, filled in with the variables of a request. */
export interface Prompts {
  /** Remembers which messages of a definition hold variables. */
  learn(name: string, definition: Definition): void
  /** The targets with their prompts filled in; undefined when there is nothing to fill in. Throws 400. */
  fillIn(targets: readonly Target[], exchange: Exchange): readonly Target[] | undefined
}

interface Template {
  /** The virtual model. */
  readonly name: string
  readonly variables: Variables
}

const VARIABLE = /\{\{\s*([A-Za-z_][\w.-]*)\s*\}\}/g

/**
 * A message that came out of a virtual model is known by its identity, however many routers and
 * other models it went through. Those of a caller are never looked into: `{{name}}` in them is text.
 */
export function createPrompts(): Prompts {
  const templates = new WeakMap<object, Template>()

  function learnAll(value: unknown, template: Template): void {
    if (typeof value !== 'object' || value === null) return
    for (const [field, inner] of Object.entries(value)) {
      if (field === 'messages' && Array.isArray(inner)) learnMessages(inner, template)
      else learnAll(inner, template)
    }
  }

  function learnMessages(messages: readonly unknown[], template: Template): void {
    for (const message of messages) {
      if (isObject(message) && textsOf(message).some((text) => text.search(VARIABLE) !== -1)) {
        templates.set(message, template)
      }
    }
  }

  function fillInMessage(message: unknown, given: Fields): unknown {
    const template = isObject(message) ? templates.get(message) : undefined
    if (!template || !isObject(message)) return message
    const fill = (text: string): string =>
      text.replaceAll(VARIABLE, (_whole, name: string) => valueOf(name, given, template))
    const { content } = message
    if (typeof content === 'string') return { ...message, content: fill(content) }
    const parts = (Array.isArray(content) ? content : []).map((part: unknown) =>
      isText(part) ? { ...part, text: fill(part.text) } : part,
    )
    return { ...message, content: parts }
  }

  return {
    learn: (name, { variables = {}, ...definition }) => learnAll(definition, { name, variables }),
    fillIn(targets, exchange) {
      const given: Fields = exchange.request.extra?.variables ?? {}
      let isChanged = false
      const filled = targets.map((target) => {
        const messages = target.parameters?.['messages']
        if (!Array.isArray(messages)) return target
        if (!messages.some((message) => isObject(message) && templates.has(message))) return target
        isChanged = true
        const filledIn = messages.map((message) => fillInMessage(message, given))
        return { ...target, parameters: { ...target.parameters, messages: filledIn } }
      })
      return isChanged ? filled : undefined
    },
  }
}

/** The request's value, or the default; what is no text is written as JSON. */
function valueOf(variable: string, given: Fields, { name, variables }: Template): string {
  const value = ownValue(given, variable) ?? ownValue(variables, variable)?.default
  if (value !== undefined) return typeof value === 'string' ? value : JSON.stringify(value)
  const param = `extra.variables.${variable}`
  const message = `"${param}" is required: the prompt of "${name}" has the variable "${variable}".`
  throw new GatewayError('missing_required_parameter', message, { param })
}

/** A variable may be called `constructor`. */
function ownValue<Value>(values: Readonly<Record<string, Value>>, key: string): Value | undefined {
  return Object.hasOwn(values, key) ? values[key] : undefined
}

function textsOf({ content }: Fields): readonly string[] {
  if (typeof content === 'string') return [content]
  return Array.isArray(content) ? content.filter(isText).map(({ text }) => text) : []
}

function isText(part: unknown): part is { readonly text: string } {
  return isObject(part) && part['type'] === 'text' && typeof part['text'] === 'string'
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null
}
