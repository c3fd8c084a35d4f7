import { describe, expect, it } from 'vitest'

import { codeBlock } from '#plugins/guards/code-block'
import { competitors } from '#plugins/guards/competitors'
import { language } from '#plugins/guards/language'
import { length } from '#plugins/guards/length'
import { pii } from '#plugins/guards/pii'
import { profanity } from '#plugins/guards/profanity'
import { promptInjection } from '#plugins/guards/prompt-injection'
import { secrets } from '#plugins/guards/secrets'
import { topic } from '#plugins/guards/topic'
import { urlAllowlist } from '#plugins/guards/url-allowlist'

import { PII_TYPES } from '../../../plugins/guards/pii/find-pii.ts'
import { cpuMsOf } from '../../helpers/cpu-time.ts'
import { HOSTILE_PIECES, hostileText } from './hostile-texts.ts'
import { createLocalCheck } from './local-check.ts'

const CHECKS = {
  pii: createLocalCheck(pii, { pii_types: PII_TYPES }),
  secrets: createLocalCheck(secrets, {}),
  prompt_injection: createLocalCheck(promptInjection, {}),
  url_allowlist: createLocalCheck(urlAllowlist, { allowed_hosts: ['example.com'] }),
  code_block: createLocalCheck(codeBlock, { inline: true, allowed_languages: ['sql'] }),
  competitors: createLocalCheck(competitors, { competitors: ['Acme', 'aaaaab'] }),
  topic: createLocalCheck(topic, { forbidden_topics: ['politics'] }),
  language: createLocalCheck(language, { allowed_languages: ['English'] }),
  profanity: createLocalCheck(profanity, {}),
  length: createLocalCheck(length, { max_tokens: 1_000_000 }),
}
/** What takes the square of the length takes minutes; what takes its multiple takes milliseconds. */
const LIMIT_MS = 2000

describe('texts of 100,000 characters that are made to take long', () => {
  it.each(Object.entries(CHECKS))('take the %s guard no longer than others', (_name, check) => {
    const slow = HOSTILE_PIECES.filter(
      (piece) => cpuMsOf(() => check(hostileText(piece))) > LIMIT_MS,
    )
    expect(slow).toEqual([])
  })
})
