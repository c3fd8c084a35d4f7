import { defineGuard, ParameterError, type ChatRequest } from '#core'

import { findEveryExcerpt } from './guard/find-excerpts.ts'
import { GuardFault } from './guard/guard-fault.ts'
import { joinTexts, readTexts, scopeSchema } from './guard/read-texts.ts'
import { answerRule, answerSchema, readJudgement } from './llm-judge/judgement.ts'
import { checkPlaces, fence, fillPlaces, hasTextPlace, TEXT_PLACE } from './llm-judge/prompt.ts'

const SYSTEM_PROMPT = `You judge texts against a rule. A text passes unless it breaks the rule.

The rule: {{evaluation_criteria}}`

const text = { type: 'string', minLength: 1 } as const
const texts = { type: 'array', items: text } as const
const part = { type: 'number', minimum: 0, maximum: 1 } as const

/** What prompts may speak of: {{threshold}}, {{categories}}. Those of LangDB's templates. */
const variables = {
  threshold: {
    ...part,
    description: 'How sure the judge must be to block. Nothing: however sure.',
  },
  evaluation_criteria: { ...text, description: 'The rule, in words.' },
  categories: texts,
  detection_patterns: texts,
  competitors: texts,
  match_partial: { type: 'boolean' },
  case_sensitive: { type: 'boolean' },
  pii_types: texts,
  allowed_sentiments: texts,
  allowed_languages: texts,
  allowed_topics: texts,
  forbidden_topics: texts,
  reference_facts: texts,
} as const

const shortText = { ...text, maxLength: 2000 }
const shortTexts = { ...texts, items: shortText, maxItems: 100 }

/**
 * Asks a model of the gateway whether a text breaks a rule, in words of your own. The text stands
 * between marks made anew for each question, and the judge is told that nothing between them is an
 * order. An answer that is not the JSON that was asked for is a fault, which blocks unless
 * `onError` allows: it never counts as passed. The judge's reasons go nowhere, for they may quote
 * the text. With `redact` it is asked for the passages; when one can not be found in the text, all
 * is blocked.
 */
export const llmJudge = defineGuard({
  type: 'llm_judge',
  title: 'LLM judge',
  summary: 'Asks a model whether a text breaks a rule that is written in words.',
  parameters: {
    type: 'object',
    additionalProperties: false,
    properties: {
      model: { ...text, default: 'openai/gpt-4o-mini', description: 'Any model of the gateway.' },
      system_prompt: {
        ...text,
        default: SYSTEM_PROMPT,
        description:
          'What the judge is told, with the other parameters as {{evaluation_criteria}}.',
      },
      user_prompt_template: {
        ...text,
        default: '{{text}}',
        description: 'What the judge is asked, with {{text}} where the text is to stand.',
      },
      answer_format: {
        enum: ['json_schema', 'json_object', 'text'],
        default: 'json_schema',
        description: 'How the model is held to JSON: take another when it can not do this one.',
      },
      scope: { ...scopeSchema, default: 'last_message' },
      redact: {
        type: 'boolean',
        default: false,
        description: "LangDB's word for the action redact, which a guard must have to say it.",
      },
      ...variables,
    },
  },
  /** Who asks may not choose the judge, nor what it is told. */
  requestParameters: {
    threshold: part,
    evaluation_criteria: shortText,
    categories: shortTexts,
    detection_patterns: shortTexts,
    competitors: shortTexts,
    match_partial: variables.match_partial,
    case_sensitive: variables.case_sensitive,
    pii_types: shortTexts,
    allowed_sentiments: shortTexts,
    allowed_languages: shortTexts,
    allowed_topics: shortTexts,
    forbidden_topics: shortTexts,
    reference_facts: shortTexts,
  },
  actions: ['validate', 'redact', 'observe'],
  timeoutMs: 20_000,
  create(parameters, { ask, action }) {
    const { model, system_prompt: systemPrompt, user_prompt_template: userPrompt } = parameters
    const { scope, threshold = 0, answer_format: format } = parameters
    checkPrompts(systemPrompt, userPrompt, parameters.evaluation_criteria)
    if (parameters.redact && action === 'validate') {
      throw new ParameterError('redact', 'is only for a guard with the action redact')
    }
    const isRedacting = action === 'redact'
    const order = `${fillPlaces(systemPrompt, parameters)}\n\n${answerRule(isRedacting)}`

    function questionFor(judged: string): ChatRequest {
      const { fenced, rule } = fence(judged)
      const question = fillPlaces(userPrompt, { ...parameters, [TEXT_PLACE]: fenced })
      return {
        model,
        messages: [
          { role: 'system', content: `${order}\n\n${rule}` },
          { role: 'user', content: question },
        ],
        ...responseFormat(format, isRedacting),
      }
    }

    return {
      async check(content, { exchange, signal }) {
        const judged = joinTexts(readTexts(content, exchange, scope))
        if (judged === '') return undefined
        const answer = await ask({
          operation: 'chat',
          request: questionFor(judged),
          purpose: 'guard',
          parent: exchange,
          signal,
        })
        const said = answer.choices[0]?.message.content
        const judgement = typeof said === 'string' ? readJudgement(said) : undefined
        if (!judgement) throw new GuardFault('llm_judge_not_understood')
        const { passed, confidence, excerpts } = judgement
        const sure = confidence === undefined ? {} : { confidence }
        if (passed || (confidence ?? 1) < threshold) return { passed: true, ...sure }
        const verdict = { passed: false, ...sure, text: 'The text breaks the rule of the judge.' }
        if (!isRedacting) return verdict
        const found = excerpts.map((one) => ({ text: one, label: 'REDACTED' }))
        const spans = findEveryExcerpt(content, found)
        return spans ? { ...verdict, spans } : verdict
      },
    }
  },
})

function checkPrompts(systemPrompt: string, userPrompt: string, rule: string | undefined): void {
  const places = Object.keys(variables)
  checkPlaces('system_prompt', systemPrompt, places)
  checkPlaces('user_prompt_template', userPrompt, [...places, TEXT_PLACE])
  if (!hasTextPlace(userPrompt)) {
    throw new ParameterError('user_prompt_template', 'must hold {{text}}')
  }
  if (systemPrompt === SYSTEM_PROMPT && rule === undefined) {
    throw new ParameterError('evaluation_criteria', 'is required where there is no system_prompt')
  }
}

function responseFormat(format: string, isRedacting: boolean): Partial<ChatRequest> {
  if (format === 'text') return {}
  if (format === 'json_object') return { response_format: { type: 'json_object' } }
  const schema = answerSchema(isRedacting)
  const judgement = { name: 'judgement', strict: true, schema }
  return { response_format: { type: 'json_schema', json_schema: judgement } }
}
