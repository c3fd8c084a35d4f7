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

import { createLocalCheck, type LocalCheck } from '../../plugins/guards/local-check.ts'
import type { LocalGuardName } from './protocol.ts'

/** Ten guards that run in the process, as a config may have them all at once. */
export const localGuards: Readonly<Record<LocalGuardName, LocalCheck>> = {
  pii: createLocalCheck(pii, {}),
  secrets: createLocalCheck(secrets, {}),
  prompt_injection: createLocalCheck(promptInjection, {}),
  url_allowlist: createLocalCheck(urlAllowlist, { allowed_hosts: ['example.com'] }),
  code_block: createLocalCheck(codeBlock, {}),
  competitors: createLocalCheck(competitors, { competitors: ['Acme', 'Big Corp', 'Initech'] }),
  topic: createLocalCheck(topic, { forbidden_topics: ['politics', 'religion', 'weapons'] }),
  language: createLocalCheck(language, { allowed_languages: ['English'] }),
  profanity: createLocalCheck(profanity, {}),
  length: createLocalCheck(length, { max_characters: 1_000_000, max_words: 1_000_000 }),
}
