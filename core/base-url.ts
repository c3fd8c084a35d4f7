import { SetupError } from './setup-error.ts'

/** The address of an API as an operator wrote it, without a slash at its end. Throws when it is none. */
export function checkBaseUrl(address: string, title: string, example: string): string {
  if (/^https?:\/\//i.test(address) && URL.canParse(address)) return address.replace(/\/+$/, '')
  const message = `"${address}" is not an address for ${title}.`
  throw new SetupError('invalid_base_url', message, `Give a URL, as in ${example}.`)
}
