import { ParameterError, type GuardTools } from '#core'

/** The parameters that say where a service is and who pays for it. */
export const connectionSchema = {
  base_url: {
    type: 'string',
    pattern: '^https?://',
    description: 'Where the service is, when not where it usually is.',
  },
  api_key_env: {
    type: 'string',
    pattern: '^\\w+$',
    description: 'The name of the environment variable that holds the key; never the key itself.',
  },
} as const

/** A credential from the environment. Throws a ParameterError when it is empty or not set. */
export function readKey(
  { environment }: Pick<GuardTools, 'environment'>,
  parameter: string,
  variable: string,
): string {
  const value = environment[variable]?.trim()
  if (value) return value
  throw new ParameterError(parameter, `names ${variable}, which is not set in the environment`)
}

/**
 * The address of a service: the parameter, else the environment variable, else the usual one.
 * Throws a ParameterError for none, for one that is no address, and for one that holds a password.
 */
export function readAddress(
  { environment }: Pick<GuardTools, 'environment'>,
  parameter: string,
  choices: {
    readonly given?: string | undefined
    readonly variable: string
    readonly usual?: string
  },
): string {
  const address = choices.given ?? (environment[choices.variable] || choices.usual)
  if (address === undefined) {
    throw new ParameterError(parameter, `is required, here or in ${choices.variable}`)
  }
  const url = URL.parse(address)
  if (!/^https?:$/.test(url?.protocol ?? '')) {
    throw new ParameterError(parameter, 'must be an address that begins with https:// or http://')
  }
  if (url?.password) throw new ParameterError(parameter, 'must not hold a password')
  return address
}

/** The same for an address to which paths are added: without a slash at the end. */
export function readBaseUrl(...choices: Parameters<typeof readAddress>): string {
  return readAddress(...choices).replace(/\/+$/, '')
}
