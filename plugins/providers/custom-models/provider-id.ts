import { createHash } from 'node:crypto'

/** The namespace of these ids; any fixed UUID does. */
const NAMESPACE = Buffer.from('6f1d9a0c3b5e4c7d8e2f1a0b9c8d7e6f', 'hex')

/**
 * The UUID that stands for a provider in LangDB's API (`provider_info_id`): always the same for the
 * same name (a name-based UUID, version 5 of RFC 9562).
 */
export function providerId(name: string): string {
  const bytes = createHash('sha1').update(NAMESPACE).update(name).digest().subarray(0, 16)
  bytes[6] = (bytes[6]! & 0x0f) | 0x50
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  const hex = bytes.toString('hex')
  return [8, 12, 16, 20, 32]
    .map((end, index) => hex.slice([0, 8, 12, 16, 20][index], end))
    .join('-')
}
