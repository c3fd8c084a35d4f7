/**
 * How long an exchange may go on: until its client leaves, its deadline passes, or the gateway
 * stops. An AbortSignal is made of it only when somebody asks for one: the core, which listens in
 * every exchange, does without.
 */
export class Lifetime {
  #reason: Error | undefined
  #listeners: (() => void)[] = []
  #controller: AbortController | undefined

  /** Why it ended; undefined while it goes on. */
  get reason(): Error | undefined {
    return this.#reason
  }

  throwIfOver(): void {
    // oxlint-disable-next-line typescript/only-throw-error -- the rule loses the type of a private field
    if (this.#reason) throw this.#reason
  }

  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController()
      if (this.#reason) this.#controller.abort(this.#reason)
    }
    return this.#controller.signal
  }

  end(reason: Error): void {
    if (this.#reason) return
    this.#reason = reason
    for (const listener of this.#listeners.splice(0)) listener()
    this.#controller?.abort(reason)
  }

  /** Calls the listener when it ends, or at once when it has; the result takes that back. */
  onEnd(listener: () => void): () => void {
    if (this.#reason) {
      listener()
      return () => undefined
    }
    this.#listeners.push(listener)
    return () => {
      const at = this.#listeners.indexOf(listener)
      if (at !== -1) this.#listeners.splice(at, 1)
    }
  }
}
