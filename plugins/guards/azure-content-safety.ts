import { defineGuard, ParameterError, type Verdict } from '#core'

import {
  checkAnalysis,
  checkDocumentShield,
  checkPromptShield,
  type Analysis,
  type Shield,
} from './azure-content-safety/answers.ts'
import { splitText } from './azure-content-safety/split-text.ts'
import { askAll } from './guard/ask-all.ts'
import { callService } from './guard/call-service.ts'
import { connectionSchema, readBaseUrl, readKey } from './guard/connection.ts'
import { forOperators } from './guard/for-operators.ts'
import { GuardFault } from './guard/guard-fault.ts'
import { joinTexts, readTexts, scopeSchema } from './guard/read-texts.ts'

const CATEGORIES = ['Hate', 'SelfHarm', 'Sexual', 'Violence'] as const
/** The greatest severity, of four levels: 0, 2, 4, 6. */
const GREATEST = 6

const severity = { type: 'integer', minimum: 1, maximum: GREATEST } as const
const categories = { type: 'array', items: { enum: CATEGORIES }, minItems: 1 } as const

const declared = defineGuard({
  type: 'azure_content_safety',
  title: 'Azure AI Content Safety',
  summary: 'Blocks what Azure finds harmful, and attacks on the model.',
  parameters: {
    type: 'object',
    additionalProperties: false,
    properties: {
      base_url: {
        ...connectionSchema.base_url,
        description: 'The resource. Default: AZURE_CONTENT_SAFETY_ENDPOINT of the environment.',
      },
      api_key_env: { ...connectionSchema.api_key_env, default: 'AZURE_CONTENT_SAFETY_KEY' },
      harm: { type: 'boolean', default: true, description: 'Look for harmful content.' },
      prompt_attacks: {
        type: 'boolean',
        default: true,
        description: 'Look for attacks on the model in requests, their tool results too.',
      },
      severity: { ...severity, default: 4, description: 'From which severity on: 2, 4 or 6.' },
      categories: { ...categories, description: 'Of harm. Nothing: all four.' },
      blocklists: {
        type: 'array',
        items: { type: 'string', minLength: 1 },
        default: [],
        description: 'The names of blocklists of the resource.',
      },
      scope: { ...scopeSchema, default: 'all' },
    },
  },
  requestParameters: { severity, categories },
  timeoutMs: 10_000,
  create(parameters, tools) {
    const { base_url: given, api_key_env: variable, scope, blocklists } = parameters
    if (!parameters.harm && !parameters.prompt_attacks) {
      throw new ParameterError('harm', 'or "prompt_attacks" must be on')
    }
    const key = readKey(tools, 'api_key_env', variable)
    const place = { given, variable: 'AZURE_CONTENT_SAFETY_ENDPOINT' }
    const address = readBaseUrl(tools, 'base_url', place)

    const ask = <Answer>(
      operation: string,
      question: object,
      signal: AbortSignal,
      check: typeof checkAnalysis,
    ): Promise<Answer> =>
      callService<Answer>(tools.http, {
        service: 'azure_content_safety',
        url: `${address}/contentsafety/${operation}?api-version=2024-09-01`,
        headers: { 'ocp-apim-subscription-key': key },
        body: JSON.stringify(question),
        signal,
        check,
      })

    async function findHarm(text: string, signal: AbortSignal): Promise<Verdict> {
      const question = {
        text,
        ...(parameters.categories ? { categories: parameters.categories } : {}),
        ...(blocklists.length > 0 ? { blocklistNames: blocklists, haltOnBlocklistHit: false } : {}),
        outputType: 'FourSeverityLevels',
      }
      const answer = await ask<Analysis>('text:analyze', question, signal, checkAnalysis)
      const judged = answer.categoriesAnalysis.map((one) => one.category)
      if (parameters.categories?.some((one) => !judged.includes(one))) {
        throw new GuardFault('azure_content_safety_not_understood')
      }
      const worst = Math.max(0, ...answer.categoriesAnalysis.map((one) => one.severity))
      const found = answer.categoriesAnalysis
        .filter((one) => one.severity >= parameters.severity)
        .map((one) => one.category)
      const isListed = (answer.blocklistsMatch ?? []).length > 0
      if (found.length === 0 && !isListed) return { passed: true, confidence: worst / GREATEST }
      const names = [...found, ...(isListed ? ['a blocklist'] : [])].join(', ')
      const confidence = isListed ? 1 : worst / GREATEST
      return { passed: false, confidence, text: `The text was flagged: ${names}.` }
    }

    /** What a tool gave is a document, which may hold orders that nobody gave. */
    async function findAttack(
      text: string,
      isDocument: boolean,
      signal: AbortSignal,
    ): Promise<Verdict> {
      const question = isDocument ? { documents: [text] } : { userPrompt: text }
      const check = isDocument ? checkDocumentShield : checkPromptShield
      const answer = await ask<Shield>('text:shieldPrompt', question, signal, check)
      const all = [answer.userPromptAnalysis, ...(answer.documentsAnalysis ?? [])]
      if (!all.some((one) => one?.attackDetected)) return { passed: true }
      return { passed: false, text: 'The text was flagged: prompt attack.' }
    }

    return {
      async check(content, { exchange, signal }) {
        const texts = readTexts(content, exchange, scope)
        if (texts.length === 0) return undefined
        const questions: Promise<Verdict>[] = []
        if (parameters.harm) {
          questions.push(...splitText(joinTexts(texts)).map((text) => findHarm(text, signal)))
        }
        if (parameters.prompt_attacks && content.stage === 'input') {
          for (const [isDocument, own] of Map.groupBy(texts, ({ role }) => role === 'tool')) {
            const pieces = splitText(joinTexts(own))
            questions.push(...pieces.map((text) => findAttack(text, isDocument, signal)))
          }
        }
        const { answers } = await askAll(questions, ({ passed }) => !passed)
        return answers.find(({ passed }) => !passed) ?? answers[0]
      },
    }
  },
})

/**
 * Asks Azure AI Content Safety: `text:analyze` for harm, and for requests `text:shieldPrompt` for
 * attacks on the model. Confidence is the greatest severity as a part of 6.
 * https://learn.microsoft.com/azure/ai-services/content-safety/quickstart-text and
 * …/quickstart-jailbreak
 */
export const azureContentSafety = forOperators(declared, ['base_url', 'api_key_env'])
