import { GatewayError } from '#core'

import { isObject, textOf } from './json.ts'

/**
 * An error that came in the place of an answer or amid a stream, as ours. Anthropic's own words
 * stay in the cause. Source: https://platform.claude.com/docs/en/api/errors
 */
export function toFault(error: unknown): GatewayError {
  const type = (isObject(error) && textOf(error['type'])) || 'api_error'
  const cause = isObject(error) ? error['message'] : error
  const options = { cause, details: { upstream_code: type } }
  if (type === 'rate_limit_error') {
    return new GatewayError(
      'provider_rate_limited',
      'The provider limits the rate of requests.',
      options,
    )
  }
  return new GatewayError('upstream_error', `The provider broke off its answer (${type}).`, options)
}
