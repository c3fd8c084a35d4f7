import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

const ALGORITHM = 'aes-256-gcm'
const NONCE_BYTES = 12
const TAG_BYTES = 16

/** Seals values for the database, each for one place: anywhere else it can not be opened. */
export interface Sealer {
  /** The nonce, the tag and the cipher text of its JSON. */
  seal(value: unknown, place: readonly string[]): Buffer
  /** Undefined when it was sealed for another place, with another key, or changed since. */
  open(sealed: Uint8Array, place: readonly string[]): unknown
}

/**
 * AES-256-GCM with a random nonce; the place is authenticated with it. The key is asked for once, when
 * it is first needed: `host.deriveKey` has it from `start` on.
 * @see https://nvlpubs.nist.gov/nistpubs/Legacy/SP/nistspecialpublication800-38d.pdf
 */
export function createSealer(findKey: () => Buffer): Sealer {
  let key: Buffer | undefined
  return {
    seal(value, place) {
      const nonce = randomBytes(NONCE_BYTES)
      const cipher = createCipheriv(ALGORITHM, (key ??= findKey()), nonce)
      cipher.setAAD(Buffer.from(JSON.stringify(place)))
      const text = Buffer.concat([cipher.update(JSON.stringify(value), 'utf8'), cipher.final()])
      return Buffer.concat([nonce, cipher.getAuthTag(), text])
    },
    open(sealed, place) {
      const nonce = sealed.subarray(0, NONCE_BYTES)
      const tag = sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES)
      if (tag.length < TAG_BYTES) return undefined
      const decipher = createDecipheriv(ALGORITHM, (key ??= findKey()), nonce, {
        authTagLength: TAG_BYTES,
      })
      decipher.setAAD(Buffer.from(JSON.stringify(place)))
      decipher.setAuthTag(tag)
      try {
        const text = decipher.update(sealed.subarray(NONCE_BYTES + TAG_BYTES))
        return JSON.parse(Buffer.concat([text, decipher.final()]).toString())
      } catch {
        return undefined
      }
    },
  }
}
