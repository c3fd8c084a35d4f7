/** JSON in the form it came in; the other form is made only when somebody asks for it. */
export interface Payload<T> {
  readonly value: T
  readonly text: string
  /** Reading `value` costs nothing. */
  readonly isParsed: boolean
}

// Classes, and not literals with getters: each of those would be of a shape of its own to V8.

class PayloadFromValue<T> implements Payload<T> {
  readonly value: T
  readonly isParsed = true
  #text: string | undefined

  constructor(value: T) {
    this.value = value
  }

  get text(): string {
    return (this.#text ??= JSON.stringify(this.value))
  }
}

class PayloadFromText<T> implements Payload<T> {
  readonly text: string
  #value: T | undefined

  constructor(text: string) {
    this.text = text
  }

  get isParsed(): boolean {
    return this.#value !== undefined
  }

  get value(): T {
    return (this.#value ??= JSON.parse(this.text) as T)
  }
}

export function payloadFromValue<T>(value: T): Payload<T> {
  return new PayloadFromValue(value)
}

/** The value is trusted to have the shape that the sender of this text documents. */
export function payloadFromText<T>(text: string): Payload<T> {
  return new PayloadFromText(text)
}
