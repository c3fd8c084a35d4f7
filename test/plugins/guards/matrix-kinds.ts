import type { GuardAction, GuardStage, PluginEntry } from '#core'
import { codeBlock } from '#plugins/guards/code-block'
import { competitors } from '#plugins/guards/competitors'
import { dataset } from '#plugins/guards/dataset'
import { jsonSchema } from '#plugins/guards/json-schema'
import { keywords } from '#plugins/guards/keywords'
import { language } from '#plugins/guards/language'
import { length } from '#plugins/guards/length'
import { llamaGuard } from '#plugins/guards/llama-guard'
import { llmJudge } from '#plugins/guards/llm-judge'
import { pii } from '#plugins/guards/pii'
import { profanity } from '#plugins/guards/profanity'
import { promptInjection } from '#plugins/guards/prompt-injection'
import { regex } from '#plugins/guards/regex'
import { secrets } from '#plugins/guards/secrets'
import { topic } from '#plugins/guards/topic'
import { urlAllowlist } from '#plugins/guards/url-allowlist'
import { wordCount } from '#plugins/guards/word-count'

import { completion } from '../../helpers/openai.ts'
import type { ReceivedRequest } from '../../helpers/upstream.ts'
import { azure } from './service-cases/azure-content-safety.ts'
import { bedrock } from './service-cases/bedrock-guardrails.ts'
import { guard as screening } from './service-cases/lakera.ts'
import { armor } from './service-cases/model-armor.ts'
import { openai } from './service-cases/moderation.ts'
import { analyzer } from './service-cases/presidio.ts'
import { hook } from './service-cases/webhook.ts'
import { BAD, type ServiceCase } from './service-guard.ts'

/** Stands in what is asked and in what is answered; no guard may let it through. */
export const SECRET = `${BAD}-4711`

export type Case = 'pass' | 'block' | 'redact' | 'observe'

export interface DeclareOptions {
  readonly action: GuardAction
  readonly stage: GuardStage
  readonly timeoutMs?: number
}

/** A kind of guards, with what makes it find the secret, and what it can do then. */
export interface KindCase {
  readonly name: string
  readonly cases: readonly Case[]
  /** What it finds, and what it writes in its place. */
  readonly secret?: string
  readonly mask?: string
  /** Whether what is JSON is blocked where it should be masked: masked it may be none any more. */
  readonly blocksJson?: boolean
  readonly declare: (options: DeclareOptions, address: string) => PluginEntry
  /** Who it asks: what a service or a model answers. */
  readonly service?: (request: ReceivedRequest, action: GuardAction) => unknown
  readonly environment?: Readonly<Record<string, string>>
}

const FINDS: readonly Case[] = ['pass', 'block', 'redact', 'observe']
const JUDGES: readonly Case[] = ['pass', 'block', 'observe']

const LOCAL: readonly KindCase[] = [
  {
    name: 'keywords',
    cases: FINDS,
    mask: '***',
    declare: (options) => keywords({ words: [SECRET], ...options }),
  },
  {
    name: 'regex in a window',
    cases: FINDS,
    mask: '***',
    declare: (options) => regex({ patterns: ['zanzibar-\\d{4}'], matchType: 'none', ...options }),
  },
  {
    name: 'regex without a greatest length',
    cases: FINDS,
    mask: '***',
    declare: (options) => regex({ patterns: ['zanzibar-\\d+'], matchType: 'none', ...options }),
  },
  {
    name: 'pii',
    cases: FINDS,
    secret: 'ann.zanzibar@example.com',
    mask: '[EMAIL]',
    declare: (options) => pii(options),
  },
  {
    name: 'secrets',
    cases: FINDS,
    secret: 'AKIAZ4NZ2BAR4722ABCD',
    declare: (options) => secrets(options),
  },
  {
    name: 'profanity',
    cases: FINDS,
    secret: 'zanzibarf',
    declare: (options) => profanity({ words: ['zanzibarf'], ...options }),
  },
  {
    name: 'competitors',
    cases: FINDS,
    declare: (options) => competitors({ competitors: [SECRET], ...options }),
  },
  {
    name: 'url-allowlist',
    cases: FINDS,
    secret: 'https://zanzibar.example/4711',
    declare: (options) => urlAllowlist({ allowedHosts: ['example.com'], ...options }),
  },
  {
    name: 'code-block',
    cases: FINDS,
    secret: '`zanzibar()`',
    declare: (options) => codeBlock({ inline: true, ...options }),
  },
  {
    name: 'prompt-injection',
    cases: JUDGES,
    declare: (options) => promptInjection({ detectionPatterns: [SECRET], ...options }),
  },
  {
    name: 'length',
    cases: JUDGES,
    declare: (options) => length({ maxWords: 3, ...options }),
  },
  {
    name: 'word-count',
    cases: JUDGES,
    declare: (options) => wordCount({ minWords: 0, maxWords: 3, ...options }),
  },
  {
    name: 'topic',
    cases: JUDGES,
    declare: (options) =>
      topic({ forbiddenTopics: ['islands'], topicWords: { islands: [BAD] }, ...options }),
  },
  {
    name: 'language',
    cases: JUDGES,
    secret: 'und das ist nicht die Sprache, die wir hier sprechen wollen, sondern eine andere',
    declare: (options) => language({ allowedLanguages: ['English'], ...options }),
  },
  {
    name: 'json-schema',
    cases: ['block', 'observe'],
    // The arguments of a tool are JSON, but not of this shape.
    declare: (options) =>
      jsonSchema({ schema: { type: 'object', required: ['place'] }, ...options }),
  },
]

const holdsSecret = (value: unknown): boolean => JSON.stringify(value).includes(BAD)

/** What the models that guards ask are behind: the provider `judge`, which the gateway has as well. */
const ASKING: readonly KindCase[] = [
  {
    name: 'llm-judge',
    cases: FINDS,
    mask: '[REDACTED]',
    declare: (options) =>
      llmJudge({ model: 'judge/strict', evaluationCriteria: 'No islands.', ...options }),
    service: ({ body }) => {
      const passed = !holdsSecret(body.messages)
      return completion(JSON.stringify({ passed, text: 'Because.', excerpts: passed ? [] : [BAD] }))
    },
  },
  {
    name: 'llama-guard',
    cases: JUDGES,
    declare: (options) => llamaGuard({ model: 'judge/llama-guard', ...options }),
    service: ({ body }) => completion(holdsSecret(body.messages) ? 'unsafe\nS1' : 'safe'),
  },
  {
    name: 'dataset',
    cases: JUDGES,
    declare: (options) =>
      dataset({
        dataset: [{ text: BAD, label: false }],
        embeddingModel: 'judge/embed',
        ...options,
      }),
    service: ({ body }) => ({
      object: 'list',
      model: 'embed',
      usage: { prompt_tokens: 1, total_tokens: 1 },
      data: body.input.map((text: string, index: number) => ({
        object: 'embedding',
        index,
        embedding: holdsSecret(text) ? [1, 0] : [0, 1],
      })),
    }),
  },
]

const served = (name: string, one: ServiceCase, more: Partial<KindCase> = {}): KindCase => ({
  name,
  cases: one.mask ? FINDS : JUDGES,
  environment: one.environment,
  declare: (options, address) => one.declare(address, options),
  service: (request, action) =>
    one.mask && action === 'redact' && holdsSecret(request.body)
      ? one.mask(request)
      : one.answer(request),
  ...more,
})

const SERVED: readonly KindCase[] = [
  served('moderation', openai),
  served('webhook', hook, { mask: '[PLACE]' }),
  served('bedrock-guardrails', bedrock, { mask: '[ADDRESS]' }),
  served('azure-content-safety', azure),
  served('model-armor', armor, { mask: '[PLACE]', blocksJson: true }),
  served('lakera', screening, { mask: '[ADDRESS]' }),
  served('presidio', analyzer, { mask: '[LOCATION]' }),
]

/** The real kinds, all of them. */
export const KINDS: readonly KindCase[] = [...LOCAL, ...ASKING, ...SERVED]
