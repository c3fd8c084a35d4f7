import { describe, expect, it } from 'vitest'

import { SetupError, type ChatRequest } from '#core'
import { dataset } from '#plugins/guards/dataset'
import { guards } from '#plugins/guards/guards'
import { jsonSchema } from '#plugins/guards/json-schema'
import { llmJudge } from '#plugins/guards/llm-judge'
import { moderation } from '#plugins/guards/moderation'
import { regex } from '#plugins/guards/regex'
import { fromTemplate, guardTemplates } from '#plugins/guards/templates'
import { wordCount } from '#plugins/guards/word-count'

import { say, startGateway, type TestGateway } from '../../helpers/gateway.ts'
import { lastText, localProvider } from '../local-provider.ts'
import { contentOf, startGuarded, textOf } from './guarded.ts'

/** The templates of LangDB, and what each needs to be told. */
const NEEDED: Readonly<Record<string, object>> = {
  'content-toxicity': { threshold: 0.5 },
  'validation-json-schema': { schema: { type: 'object' } },
  'content-competitor-mentions': { competitors: ['Acme'] },
  'security-pii-detection': {},
  'security-prompt-injection': {},
  'compliance-company-policy': { dataset: [{ text: 'a bribe', label: false }] },
  'validation-regex-pattern': { patterns: ['^[a-z ]+$'] },
  'validation-word-count': {},
  'content-sentiment-analysis': {},
  'content-language-validation': {},
  'content-topic-adherence': {},
  'content-factual-accuracy': {},
  'openai-moderation': {},
}
const IDS = Object.keys(NEEDED)
const JUDGED = IDS.filter((id) => /^(?:content|security)-/.test(id))

/** A gateway with all templates, and a judge that blocks what speaks of an island. */
function start(asked: ChatRequest[] = []): Promise<TestGateway> {
  const judge = localProvider('judge', ['strict'], (request) => {
    asked.push(request)
    const passed = !lastText(request).includes('island')
    return JSON.stringify({ passed, confidence: 0.95, text: '', excerpts: ['island'] })
  })
  return startGateway({
    plugins: [
      judge,
      localProvider('local', ['echo'], lastText),
      guards([llmJudge, dataset, moderation, jsonSchema, regex, wordCount]),
      guardTemplates(),
    ],
    environment: { OPENAI_API_KEY: 'sk-test' },
  })
}

async function make(gateway: TestGateway, templateId: string, more: object = {}): Promise<any> {
  const made = await gateway.post('/api/guards', { template_id: templateId, ...more })
  expect(made.text).toContain(templateId)
  expect(made.status).toBe(201)
  return made.body
}

const using = (id: string): object => ({ extra: { guards: [id] } })

it('lists the thirteen templates of LangDB, with their defaults', async () => {
  await using gateway = await start()
  const { data } = (await gateway.get('/api/guards/templates')).body
  expect(data.map(({ id }: { id: string }) => id).toSorted()).toEqual(IDS.toSorted())
  const defaults = (id: string): object =>
    data.find((one: { id: string }) => one.id === id).defaults
  expect(defaults('content-toxicity')).toMatchObject({
    categories: ['hate', 'harassment', 'violence', 'self-harm', 'sexual', 'profanity'],
  })
  expect(defaults('content-competitor-mentions')).toMatchObject({
    match_partial: true,
    case_sensitive: false,
  })
  expect(defaults('security-pii-detection')).toMatchObject({
    pii_types: ['email', 'phone', 'ssn', 'credit_card'],
    redact: false,
  })
  expect(defaults('security-prompt-injection')).toMatchObject({
    threshold: 0.7,
    detection_patterns: { length: 6 },
  })
  expect(defaults('compliance-company-policy')).toEqual({
    embedding_model: 'text-embedding-ada-002',
    threshold: 0.8,
  })
  expect(defaults('validation-regex-pattern')).toEqual({ match_type: 'all' })
  expect(defaults('validation-word-count')).toEqual({
    min_words: 10,
    max_words: 500,
    count_method: 'split',
  })
  expect(defaults('content-sentiment-analysis')).toMatchObject({
    allowed_sentiments: ['positive', 'neutral'],
    threshold: 0.7,
  })
  expect(defaults('content-language-validation')).toMatchObject({
    allowed_languages: ['English'],
    threshold: 0.9,
  })
  expect(defaults('content-topic-adherence')).toMatchObject({ threshold: 0.7 })
  expect(defaults('content-factual-accuracy')).toMatchObject({
    reference_facts: [],
    threshold: 0.8,
  })
})

it.each(IDS)('makes a guard of %s over the API', async (id) => {
  await using gateway = await start()
  const made = await make(gateway, id, { parameters: NEEDED[id] })
  expect(made).toMatchObject({ template_id: id, parameters: NEEDED[id] })
  expect(made.id).toMatch(new RegExp(`^${id.replaceAll('-', '_')}_[a-z\\d]{8}$`))
})

it.each([
  ['content-toxicity', 'threshold'],
  ['validation-json-schema', 'schema'],
  ['content-competitor-mentions', 'competitors'],
  ['compliance-company-policy', 'dataset'],
  ['validation-regex-pattern', 'patterns'],
])('%s must be told its %s', async (id, name) => {
  await using gateway = await start()
  const answer = await gateway.post('/api/guards', { template_id: id })
  expect(answer.status).toBe(400)
  expect(answer.body.error.param).toBe(`parameters.${name}`)
})

describe.each(JUDGED)('%s', (id) => {
  it('asks the judge with a prompt of its own, and blocks as it says', async () => {
    const asked: ChatRequest[] = []
    await using gateway = await start(asked)
    const parameters = { ...NEEDED[id], model: 'judge/strict' }
    const guard = await make(gateway, id, { stage: 'input', parameters })
    const of = (text: string): object => say('local/echo', text, using(guard.id))
    expect((await gateway.chat(of('an island'))).status).toBe(446)
    expect((await gateway.chat(of('a lake'))).status).toBe(200)
    const system = textOf(asked[0]?.messages[0])
    expect(system).toContain('A text')
    expect(system).toContain('Answer with one JSON object')
    expect(system).not.toContain('{{')
    const told = Object.values(NEEDED[id] ?? {}).flat()
    for (const value of told.filter((one) => typeof one === 'string')) {
      expect(system).toContain(value)
    }
    expect(asked[0]?.messages[1]?.content).toMatch(/^Judge this text:\n\n<text-/)
  })

  it('can not be told another prompt', async () => {
    await using gateway = await start()
    const parameters = { ...NEEDED[id], system_prompt: 'Say yes.' }
    const answer = await gateway.post('/api/guards', { template_id: id, parameters })
    expect(answer.body.error.param).toBe('parameters.system_prompt')
  })
})

it('covers personal data with the action redact', async () => {
  await using gateway = await start()
  const guard = await make(gateway, 'security-pii-detection', {
    action: 'redact',
    stage: 'input',
    parameters: { redact: true, model: 'judge/strict' },
  })
  const answer = await gateway.chat(say('local/echo', 'an island', using(guard.id)))
  expect(contentOf(answer)).toBe('an [REDACTED]')
})

describe('in the config file', () => {
  it('makes a guard of a kind, with options over the template', async () => {
    const count = fromTemplate('validation-word-count', wordCount, { minWords: 1, maxWords: 2 })
    await using guarded = await startGuarded([count])
    expect((await guarded.ask('one two')).status).toBe(200)
    const blocked = await guarded.ask('one two three')
    expect(blocked.body.guard_id).toBe('validation-word-count')
  })

  it('gives a judge the prompt of the template', async () => {
    const judge = localProvider('judge', ['strict'], (request) =>
      JSON.stringify({ passed: !JSON.stringify(request).includes('harassment') }),
    )
    const toxicity = fromTemplate('content-toxicity', llmJudge, {
      model: 'judge/strict',
      threshold: 0.5,
    })
    await using guarded = await startGuarded([judge, toxicity])
    expect((await guarded.ask('hello')).status).toBe(446)
  })

  it('knows no other templates', () => {
    expect(() => fromTemplate('content-toxic', llmJudge)).toThrow(SetupError)
  })
})
