import type { RecordedExchange } from '#core'

/** Which requests are replayed. What is left out does not narrow it. */
export interface Filter {
  /** As the client asked for it, or as it answered: `gpt-5-mini` as well as `openai/gpt-5-mini`. */
  readonly model?: string | undefined
  readonly provider?: string | undefined
  readonly userId?: string | undefined
  /** All of them; a tag without a value has `-`. */
  readonly tags?: Readonly<Record<string, string>> | undefined
}

export function matches(exchange: RecordedExchange, filter: Filter): boolean {
  const { model, provider, userId, tags = {} } = filter
  const names = [exchange.requestedModel, exchange.model, `${exchange.provider}/${exchange.model}`]
  return (
    (model === undefined || names.includes(model)) &&
    (provider === undefined || exchange.provider === provider) &&
    (userId === undefined || exchange.userId === userId) &&
    Object.entries(tags).every(([name, value]) => exchange.tags[name] === value)
  )
}

/** `team=search&env=prod`, as in the header `X-Tags`; a tag without a value has `-`. */
export function readTags(text: string): Readonly<Record<string, string>> {
  const tags = text.split('&').map((item) => {
    const [name = '', ...value] = item.split('=')
    return [name.trim(), value.join('=') || '-'] as const
  })
  return Object.fromEntries(tags.filter(([name]) => name !== ''))
}
