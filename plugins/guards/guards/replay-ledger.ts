import { GatewayError, type Ledger, type Services } from '#core'

/** The ledger, where there is one. Throws 400: guards can be used without. */
export function ledgerOf(services: Services): Ledger {
  if ('ledger' in services) return services.ledger
  const message = 'There is no recorded traffic: the gateway runs without a ledger.'
  throw new GatewayError('unsupported_parameter', message)
}
