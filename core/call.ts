import type { Lifetime } from './lifetime.ts'
import type { LiveExchange } from './live-exchange.ts'
import type { Call } from './provider.ts'
import type { Target } from './target.ts'

class CallOfExchange implements Call {
  readonly model: string
  readonly stream: boolean
  readonly #life: Lifetime

  constructor(exchange: LiveExchange, target: Target) {
    this.model = target.model
    this.stream = exchange.isStream
    this.#life = exchange.life
  }

  get signal(): AbortSignal {
    return this.#life.signal
  }
}

/** What a provider is told of the exchange it is called for. */
export function callOf(exchange: LiveExchange, target: Target): Call {
  return new CallOfExchange(exchange, target)
}
