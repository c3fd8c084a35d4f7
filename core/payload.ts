/** JSON in the form it came in; the other form is made only when somebody asks for it. */
export interface Payload<T> {
  readonly value: T
  readonly text: string
}

export function payloadFromValue<T>(value: T): Payload<T> {
  return {
    value,
    get text() {
      return JSON.stringify(value)
    },
  }
}

/** The value is trusted to have the shape that the sender of this text documents. */
export function payloadFromText<T>(text: string): Payload<T> {
  let value: T | undefined
  return {
    text,
    get value() {
      return (value ??= JSON.parse(text) as T)
    },
  }
}
