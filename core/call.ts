import type { LiveExchange, Target } from './exchange.ts'
import type { Call } from './provider.ts'

/** What a provider is told of the exchange it is called for. */
export function callOf(exchange: LiveExchange, target: Target): Call {
  return {
    model: target.model,
    stream: exchange.isStream,
    get signal() {
      return exchange.life.signal
    },
  }
}
