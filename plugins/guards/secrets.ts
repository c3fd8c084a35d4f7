import { defineGuard, findSpans } from '#core'

import { findSecrets } from './secrets/find-secrets.ts'

/**
 * As long as the private key of RSA with 4,096 bits, in its armour, with room. A longer one that
 * comes in a stream is seen, and masked, up to there.
 */
const LONGEST_SECRET = 4096

/** Finds keys, tokens and passwords, by their form or by the name that they are assigned to. */
export const secrets = defineGuard({
  type: 'secrets',
  title: 'Secrets',
  summary: 'Blocks or masks API keys, tokens, passwords and private keys.',
  parameters: {
    type: 'object',
    additionalProperties: false,
    properties: {
      entropy_threshold: {
        type: 'number',
        minimum: 0,
        maximum: 8,
        default: 3.5,
        description:
          'How random a value must be, in bits for each character, that only its name gives away.',
      },
    },
  },
  actions: ['validate', 'redact', 'observe'],
  create({ entropy_threshold: entropyThreshold }) {
    return {
      holdback: LONGEST_SECRET,
      check(content) {
        const spans = findSpans(content, (text, from) =>
          findSecrets(text, { entropyThreshold }).filter(({ start }) => start >= from),
        )
        if (spans.length === 0) return undefined
        return { passed: false, confidence: 1, text: 'The text holds a secret.', spans }
      },
    }
  },
})
