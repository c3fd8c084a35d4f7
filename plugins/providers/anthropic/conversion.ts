import { GatewayError } from '#core'

import type { ModelTraits } from './model-traits.ts'

/** What every step of a request's translation is told. */
export interface Conversion {
  readonly traits: ModelTraits
  /** Names a field of the request that was left out or done otherwise. */
  readonly degrade: (field: string) => void
}

/** The 400 for a value that can not be translated. `param` is its path: `messages[0].content`. */
export function invalid(param: string, message: string): GatewayError {
  return new GatewayError('invalid_parameter', message, { param })
}

/** The 400 for what this upstream can not do and nothing can stand in for. */
export function unsupported(param: string, message: string): GatewayError {
  return new GatewayError('unsupported_parameter', message, { param })
}
