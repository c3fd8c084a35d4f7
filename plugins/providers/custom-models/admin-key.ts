import { GatewayError, type Accounts, type RouteCall } from '#core'

/**
 * The second key of LangDB's admin API, in `X-Admin-Key`: the one in `TAPGATE_ADMIN_KEY`, or an API key
 * with the scope `admin`. Throws 401 or 403.
 */
export type CheckAdminKey = (call: RouteCall) => Promise<void>

export function createAdminKeyCheck(chosen: string | undefined, accounts: Accounts): CheckAdminKey {
  return async ({ headers, caller }) => {
    const key = headers['x-admin-key']
    if (typeof key !== 'string' || key === '') {
      const message = 'The request carries no admin key. Send it in the header "X-Admin-Key".'
      throw new GatewayError('missing_api_key', message, { param: 'X-Admin-Key' })
    }
    if (chosen && key === chosen) return
    const admin = await accounts.identify({ authorization: `Bearer ${key}` })
    const isOperator = admin.scopes.includes('operator')
    if (isOperator) return
    if (admin.scopes.includes('admin') && admin.projectId === caller?.projectId) return
    const message = 'The key in "X-Admin-Key" may not do this: it lacks the scope "admin" here.'
    throw new GatewayError('insufficient_scope', message, {
      param: 'X-Admin-Key',
      details: { required_scope: 'admin' },
    })
  }
}
