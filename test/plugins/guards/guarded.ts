import type { Found, PluginEntry } from '#core'

import { say, startGateway, type TestAnswer, type TestGateway } from '../../helpers/gateway.ts'
import { lastText, localProvider, type Answering } from '../local-provider.ts'

/** What one request became, and what the model was given. */
export interface Guarded {
  readonly gateway: TestGateway
  /** What reached the model, in order. */
  readonly heard: readonly { readonly messages: readonly any[]; readonly tools?: any }[]
  /** Sends one message of the user. */
  ask(content: string, more?: object): Promise<TestAnswer>
  [Symbol.asyncDispose](): Promise<void>
}

/** A gateway with these guards before a model that says what it hears, or what the test says. */
export async function startGuarded(
  guards: readonly PluginEntry[],
  answer: Answering = lastText,
): Promise<Guarded> {
  const heard: any[] = []
  const model = localProvider('local', ['echo'], (request, name) => {
    heard.push(request)
    return answer(request, name)
  })
  const gateway = await startGateway({ plugins: [model, ...guards] })
  return {
    gateway,
    heard,
    ask: (content, more = {}) => gateway.chat(say('local/echo', content, more)),
    [Symbol.asyncDispose]: () => gateway.stop(),
  }
}

/** `extra` that asks for one guard, with parameters. */
export function asking(id: string, parameters: object): object {
  return { extra: { guards: [{ id, parameters }] } }
}

export function contentOf(answer: TestAnswer): string {
  return answer.body.choices[0].message.content
}

/** The text of a message of a request. */
export function textOf(message: { readonly content?: unknown } | undefined): string {
  return typeof message?.content === 'string' ? message.content : JSON.stringify(message?.content)
}

/** The text with what was found covered. */
export function masked(text: string, found: Iterable<Found>): string {
  return [...found].reduceRight(
    (covered, { start, end, mask }) => covered.slice(0, start) + mask + covered.slice(end),
    text,
  )
}
