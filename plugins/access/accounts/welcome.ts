import type { ModelDirectory } from '#core'

const MAKE_ANOTHER = 'Make an API key with "tapgate keys create".'

/**
 * What the banner says about keys: on the first run a line to paste, with the new key in it. Where
 * the operator chose the key it is not repeated. `{address}` stands for the gateway's address.
 */
export function welcome(
  models: ModelDirectory,
  key: { readonly made: string | undefined; readonly isChosen: boolean },
): readonly string[] {
  if (key.made !== undefined) {
    return ['Your API key, shown only now:', '', `  ${curl(models, key.made)}`, '', MAKE_ANOTHER]
  }
  if (key.isChosen) return [`  ${curl(models, '$TAPGATE_KEY')}`, '', MAKE_ANOTHER]
  return [MAKE_ANOTHER]
}

/** A first request: to a model that runs here if there is one, as nothing else is needed for it. */
function curl(models: ModelDirectory, key: string): string {
  const authorization = `-H "Authorization: Bearer ${key}"`
  const local = models.list().find(({ provider }) => {
    const chat = models.provider(provider)?.chat
    return chat !== undefined && !('path' in chat)
  })
  if (!local) return `curl {address}/v1/models ${authorization}`
  const body = JSON.stringify({
    model: local.id,
    messages: [{ role: 'user', content: 'Hello' }],
  })
  const json = `-H "Content-Type: application/json" -d '${body}'`
  return `curl {address}/v1/chat/completions ${authorization} ${json}`
}
