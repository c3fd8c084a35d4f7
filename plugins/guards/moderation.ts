import { defineGuard, type Verdict } from '#core'

import { askAll } from './guard/ask-all.ts'
import { callService } from './guard/call-service.ts'
import { connectionSchema, readBaseUrl, readKey } from './guard/connection.ts'
import { forOperators } from './guard/for-operators.ts'
import { GuardFault } from './guard/guard-fault.ts'
import { readTexts, scopeSchema } from './guard/read-texts.ts'
import { checkModeration, judgeResults, type Moderation } from './moderation/results.ts'

const part = { type: 'number', minimum: 0, maximum: 1 } as const
const categories = { type: 'array', items: { type: 'string', minLength: 1 }, minItems: 1 } as const
const thresholds = { type: 'object', additionalProperties: part } as const

const declared = defineGuard({
  type: 'moderation',
  title: 'Moderation',
  summary: "Blocks what OpenAI's moderation, or one with the same API, finds harmful.",
  parameters: {
    type: 'object',
    additionalProperties: false,
    properties: {
      ...connectionSchema,
      api_key_env: { ...connectionSchema.api_key_env, default: 'OPENAI_API_KEY' },
      model: { type: 'string', minLength: 1, default: 'omni-moderation-latest' },
      scope: { ...scopeSchema, default: 'all' },
      images: {
        type: 'boolean',
        default: true,
        description: 'Judge images too, for models that can.',
      },
      categories: { ...categories, description: 'Only these count. Nothing: all of them.' },
      thresholds: {
        ...thresholds,
        description: 'Scores that block, by category; the service decides on the others.',
      },
    },
  },
  requestParameters: { categories: { ...categories, maxItems: 100 }, thresholds },
  timeoutMs: 10_000,
  create(parameters, tools) {
    const { model, scope, images: readsImages, api_key_env: variable } = parameters
    const key = readKey(tools, 'api_key_env', variable)
    const address = readBaseUrl(tools, 'base_url', {
      given: parameters.base_url,
      variable: 'OPENAI_BASE_URL',
      usual: 'https://api.openai.com/v1',
    })

    async function moderate(input: readonly unknown[], signal: AbortSignal): Promise<Verdict> {
      const { results } = await callService<Moderation>(tools.http, {
        service: 'moderation',
        url: `${address}/moderations`,
        headers: { authorization: `Bearer ${key}` },
        body: JSON.stringify({ model, input }),
        signal,
        check: checkModeration,
      })
      if (results.length !== input.length) throw new GuardFault('moderation_not_understood')
      const verdict = judgeResults(results, parameters)
      if (!verdict) throw new GuardFault('moderation_category_unknown')
      return verdict
    }

    return {
      async check(content, { exchange, signal }) {
        const texts = readTexts(content, exchange, scope).map(({ text }) => text)
        const images = readsImages ? content.segments.flatMap(imageOf) : []
        const questions = [...(texts.length > 0 ? [texts] : []), ...images.map((one) => [one])]
        if (questions.length === 0) return undefined
        const asked = questions.map((input) => moderate(input, signal))
        const { answers } = await askAll(asked, ({ passed }) => !passed)
        return answers.toSorted(byGravity)[0]
      },
    }
  },
})

/**
 * Asks OpenAI's moderation, or a service with the same API, whether a text is harmful; with an
 * `omni` model its images too. Confidence is the highest score.
 * https://platform.openai.com/docs/api-reference/moderations
 */
export const moderation = forOperators(declared, ['base_url', 'api_key_env'])

/** What is blocked first, then what is nearest to it. */
function byGravity(one: Verdict, other: Verdict): number {
  return (
    Number(one.passed) - Number(other.passed) || (other.confidence ?? 0) - (one.confidence ?? 0)
  )
}

/** An image as the API takes it; a file or a sound it can not judge. */
function imageOf({
  kind,
  text,
  data = text,
}: {
  readonly kind: string
  readonly text: string
  readonly data?: string
}): readonly object[] {
  const isImage = kind === 'media' && /^(?:https?:|data:image\/)/i.test(data)
  return isImage ? [{ type: 'image_url', image_url: { url: data } }] : []
}
