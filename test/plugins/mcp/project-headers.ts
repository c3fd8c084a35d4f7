import { definePlugin, type Scope } from '#core'

import type { TestAnswer } from '../../helpers/gateway.ts'

/** Two projects. A request is of the first unless its header says otherwise. */
export const RED = '11111111-1111-4111-8111-111111111111'
export const BLUE = '22222222-2222-4222-8222-222222222222'

/** Who sends a request, and what they may do, is written on it. */
export const projectHeaders = definePlugin({
  name: 'project-headers',
  schema: { type: 'object', additionalProperties: false },
  setup: () => ({
    services: {
      accounts: {
        identify: (headers) => ({
          projectId: String(headers['x-test-project'] ?? RED),
          scopes: String(headers['x-test-scopes'] ?? 'read,write,admin').split(',') as Scope[],
        }),
      },
    },
  }),
})

/** A gateway, and as whom it is asked. */
export interface Asked {
  readonly url: string
  readonly headers?: Record<string, string>
}

export const of = ({ url }: Asked, project: string): Asked => ({
  url,
  headers: { 'x-test-project': project },
})

export const asOperator = ({ url }: Asked): Asked => ({
  url,
  headers: { 'x-test-scopes': 'read,write,admin,operator' },
})

/** A call of an address of the gateway, as an admin of the first project unless something else is said. */
export async function ask(
  { url, headers }: Asked,
  method: string,
  path: string,
  body?: unknown,
): Promise<TestAnswer> {
  const response = await fetch(url + path, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, text, body: JSON.parse(text) }
}
