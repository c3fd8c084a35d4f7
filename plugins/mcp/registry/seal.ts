import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

/** Seals values so that only this gateway can read them, and only for what they were sealed for. */
export interface Sealer {
  /** Base64 of the nonce, the tag and the cipher text of its JSON. */
  seal(value: unknown, boundTo: readonly string[]): string
  /** Throws when it was sealed with another secret or for something else, or was changed since. */
  open(sealed: string, boundTo: readonly string[]): unknown
}

const ALGORITHM = 'aes-256-gcm'
const NONCE_BYTES = 12
const TAG_BYTES = 16

/** AES-256-GCM with a random nonce; what a value is bound to is authenticated with it. */
export function createSealer(key: () => Buffer): Sealer {
  return {
    seal(value, boundTo) {
      const nonce = randomBytes(NONCE_BYTES)
      const cipher = createCipheriv(ALGORITHM, key(), nonce, { authTagLength: TAG_BYTES })
      cipher.setAAD(Buffer.from(JSON.stringify(boundTo)))
      const text = Buffer.concat([cipher.update(JSON.stringify(value)), cipher.final()])
      return Buffer.concat([nonce, cipher.getAuthTag(), text]).toString('base64')
    },
    open(sealed, boundTo) {
      const bytes = Buffer.from(sealed, 'base64')
      const nonce = bytes.subarray(0, NONCE_BYTES)
      const decipher = createDecipheriv(ALGORITHM, key(), nonce, { authTagLength: TAG_BYTES })
      decipher.setAAD(Buffer.from(JSON.stringify(boundTo)))
      decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES))
      const text = decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES))
      return JSON.parse(Buffer.concat([text, decipher.final()]).toString())
    },
  }
}
