/** JSON in the form it came in; the other form is made only when somebody asks for it. */
export interface Payload<T> {
  readonly value: T
  readonly bytes: Buffer
}

export function payloadFromValue<T>(value: T): Payload<T> {
  let bytes: Buffer | undefined
  return {
    value,
    get bytes() {
      return (bytes ??= Buffer.from(JSON.stringify(value)))
    },
  }
}

/** The value is trusted to have the shape that the sender of these bytes documents. */
export function payloadFromBytes<T>(bytes: Buffer): Payload<T> {
  let value: T | undefined
  return {
    bytes,
    get value() {
      return (value ??= JSON.parse(bytes.toString()) as T)
    },
  }
}
