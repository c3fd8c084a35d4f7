import type { ModelFacts, Price } from '../../core/catalogue.ts'
import { createDiscovery } from '../../core/discovery.ts'
import type { ListedModel } from '../../core/models.ts'
import { SetupError } from '../../core/setup-error.ts'
import { assemble } from '../assemble.ts'
import type { CommandResult } from '../command-result.ts'
import { table } from '../table.ts'

/** Lists the models that can be asked for, or those whose name holds each of the words. */
export async function models(
  configFile: string | undefined,
  words: readonly string[],
): Promise<CommandResult> {
  const { gateway, log } = await assemble(configFile, 'attach')
  const { providers, models: directory, inference } = gateway
  await createDiscovery(providers, directory, inference.upstream, log).refresh()
  await inference.upstream.close()
  const found = directory.list().filter(({ id }) => holdsAll(id, words))
  if (found.length === 0) throw noModel(words.join(' '))
  return {
    text: table([HEAD, ...found.map(toRow)], [1, 2, 3]),
    json: found.map(toJson),
  }
}

const HEAD = ['MODEL', 'INPUT $/M', 'OUTPUT $/M', 'CONTEXT']

function holdsAll(id: string, words: readonly string[]): boolean {
  const name = id.toLowerCase()
  return words.every((word) => name.includes(word.toLowerCase()))
}

function noModel(words: string): SetupError {
  return new SetupError(
    'no_such_model',
    words === '' ? 'There are no models.' : `No model has "${words}" in its name.`,
    'Providers that are off have none: "tapgate serve" says what to set for each.',
  )
}

function toRow({ id, facts }: ListedModel): readonly string[] {
  return [id, inUsd(facts?.prices?.input), inUsd(facts?.prices?.output), inTokens(facts)]
}

const USD = { minimumFractionDigits: 2, maximumFractionDigits: 4 }

/** A price by the size of the prompt is shown where it begins. */
function inUsd(price: Price | undefined): string {
  if (price === undefined) return '-'
  if (typeof price === 'number') return price.toLocaleString('en', USD)
  return `from ${price.base.toLocaleString('en', USD)}`
}

function inTokens(facts: ModelFacts | undefined): string {
  return facts?.contextWindow?.toLocaleString('en') ?? '-'
}

function toJson({ id, provider, facts }: ListedModel): object {
  return {
    id,
    provider,
    context_window: facts?.contextWindow ?? null,
    prices: facts?.prices ?? null,
  }
}
