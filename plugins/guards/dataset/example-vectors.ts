import type { Exchange, GuardTools } from '#core'

import { embed, type Vector } from './similarity.ts'

/** By the tools of a guard, of which there are one set for each: they outlive its rules. */
const known = new WeakMap<GuardTools, Promise<readonly Vector[]>>()

/**
 * The vectors of a guard's examples, asked for once: for the exchange that comes first, but without
 * its signal, for others wait for them too. After a failure the next exchange asks again.
 */
export function exampleVectors(
  tools: GuardTools,
  model: string,
  examples: readonly { readonly text: string }[],
  parent: Exchange,
): Promise<readonly Vector[]> {
  const before = known.get(tools)
  if (before) return before
  const texts = examples.map(({ text }) => text)
  const asked = embed(tools.ask, model, texts, { parent })
  known.set(tools, asked)
  asked.catch(() => known.delete(tools))
  return asked
}
