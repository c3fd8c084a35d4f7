import { createCheck, GatewayError, type Exchange } from '#core'

import { demand } from './demand.ts'
import { withParameters, type Plan } from './plan.ts'

const check = createCheck({
  type: 'object',
  additionalProperties: false,
  required: ['modifier', 'content'],
  properties: {
    modifier: { enum: ['block', 'replace'] },
    content: { type: 'string', minLength: 1, maxLength: 100_000 },
  },
})

/** What a route does to the request: `block` refuses it with the content, `replace` asks that instead. */
export interface MessageMapper {
  readonly modifier: 'block' | 'replace'
  readonly content: string
}

/** Throws 400 with the path. */
export function readMessageMapper(written: unknown, path: string): MessageMapper | undefined {
  if (written === undefined || written === null) return undefined
  demand(check(written), path)
  return written as MessageMapper
}

/** Refuses every request: a 403 whose message is the content. Nothing else is tried for it. */
export function blocking(content: string, path: string, name: string | undefined): Plan {
  return () =>
    Promise.reject(
      new GatewayError('blocked_by_route', content, {
        param: path,
        ...(name === undefined ? {} : { details: { route: name } }),
      }),
    )
}

/** The same targets, asked the content in place of the user's last message; unchanged without a mapper. */
export function replacing(plan: Plan, mapper: MessageMapper | undefined, path: string): Plan {
  if (!mapper) return plan
  const asked = withParameters(plan, { last_user_message: mapper.content })
  return async (exchange) => {
    ensureChat(exchange, `${path}.message_mapper`)
    return asked(exchange)
  }
}

function ensureChat({ request }: Exchange, param: string): void {
  if ('messages' in request) return
  const message = `"${param}" replaces a message, which only a chat has.`
  throw new GatewayError('unsupported_parameter', message, { param })
}
