import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

const INITIAL_BYTES = 12
const TAG_BYTES = 16

/** Seals values with AES-256-GCM, each for one place: anywhere else it can not be opened. */
export interface Sealer {
  seal(value: unknown, place: readonly string[]): Buffer
  /** Undefined when it was sealed for another place, with another key, or changed since. */
  open(sealed: Uint8Array, place: readonly string[]): unknown
}

/** @see https://nvlpubs.nist.gov/nistpubs/Legacy/SP/nistspecialpublication800-38d.pdf */
export function createSealer(key: Buffer): Sealer {
  return {
    seal(value, place) {
      const initial = randomBytes(INITIAL_BYTES)
      const cipher = createCipheriv('aes-256-gcm', key, initial)
      cipher.setAAD(Buffer.from(JSON.stringify(place)))
      const text = Buffer.concat([cipher.update(JSON.stringify(value), 'utf8'), cipher.final()])
      return Buffer.concat([initial, cipher.getAuthTag(), text])
    },
    open(sealed, place) {
      const initial = sealed.subarray(0, INITIAL_BYTES)
      const tag = sealed.subarray(INITIAL_BYTES, INITIAL_BYTES + TAG_BYTES)
      if (tag.length < TAG_BYTES) return undefined
      const decipher = createDecipheriv('aes-256-gcm', key, initial, { authTagLength: TAG_BYTES })
      decipher.setAAD(Buffer.from(JSON.stringify(place)))
      decipher.setAuthTag(tag)
      try {
        const text = decipher.update(sealed.subarray(INITIAL_BYTES + TAG_BYTES))
        return JSON.parse(Buffer.concat([text, decipher.final()]).toString())
      } catch {
        return undefined
      }
    },
  }
}
