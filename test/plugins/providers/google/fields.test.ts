import { describe, expect, it } from 'vitest'

import { body, losses, refusal } from './request.ts'

const look = {
  type: 'function',
  function: {
    name: 'look',
    parameters: { type: 'object', properties: { at: { type: 'string' } } },
  },
}
const strict = { type: 'function', function: { ...look.function, strict: true } }
const schema = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] }
const jsonSchema = { type: 'json_schema', json_schema: { name: 'thing', schema } }

describe('sampling parameters', () => {
  it('get the names Google has for them', () => {
    const { generationConfig } = body({
      n: 2,
      max_tokens: 5,
      stop: 'x',
      temperature: 0,
      top_p: 0.5,
      top_k: 3,
      seed: 0,
    })

    expect(generationConfig).toEqual({
      candidateCount: 2,
      maxOutputTokens: 5,
      stopSequences: ['x'],
      temperature: 0,
      topP: 0.5,
      topK: 3,
      seed: 0,
    })
  })

  it('are not sent when they are null or empty', () => {
    expect(
      body({ n: null, stop: [], temperature: null, max_tokens: null }).generationConfig,
    ).toEqual({})
  })

  it('are refused when there are more stop sequences than Google takes', () => {
    expect(body({ stop: ['1', '2', '3', '4', '5'] }).generationConfig.stopSequences).toHaveLength(5)
    expect(refusal({ stop: ['1', '2', '3', '4', '5', '6'] })).toMatchObject({
      param: 'stop',
      status: 400,
    })
  })

  it('leave penalties out where a model refuses them, and name them', () => {
    const penalties = { presence_penalty: 1, frequency_penalty: 0 }

    expect(body(penalties).generationConfig).toEqual({ presencePenalty: 1, frequencyPenalty: 0 })
    expect(body({ ...penalties, model: 'gemini-2.5-flash' }).generationConfig).toEqual({})
    expect(losses({ ...penalties, model: 'gemini-2.5-flash' })).toEqual(['presence_penalty'])
  })

  it('ask for logprobs only when they are wanted', () => {
    expect(body({ logprobs: true, top_logprobs: 3 }).generationConfig).toEqual({
      responseLogprobs: true,
      logprobs: 3,
    })
    expect(body({ logprobs: false, top_logprobs: 0 }).generationConfig).toEqual({})
  })
})

describe('the depth of thought', () => {
  const thinking = (model: string, fields: object): unknown =>
    body({ model, ...fields }).generationConfig.thinkingConfig
  const effort = (model: string, reasoning_effort: string): unknown =>
    thinking(model, { reasoning_effort })
  const level = (name: string): object => ({ thinkingLevel: name, includeThoughts: true })
  const budget = (tokens: number): object => ({ thinkingBudget: tokens, includeThoughts: true })

  it('is left to the model when nobody asks', () => {
    expect(thinking('gemini-3.8-flash', {})).toBeUndefined()
  })

  it('is a level from the third generation on', () => {
    expect(effort('gemini-3-flash-preview', 'minimal')).toEqual(level('minimal'))
    expect(effort('gemini-3.5-flash-lite', 'minimal')).toEqual(level('minimal'))
    expect(effort('gemini-3.8-flash', 'low')).toEqual(level('low'))
    expect(effort('gemini-4-argon', 'medium')).toEqual(level('medium'))
    expect(effort('gemini-pro-latest', 'high')).toEqual(level('high'))
    expect(effort('gemini-4-hydrogen', 'xhigh')).toEqual(level('xhigh'))
  })

  it('is the nearest level a model has, which is named', () => {
    const cases = [
      ['gemini-3.1-pro-preview', 'minimal', level('low')],
      ['gemini-3.8-flash', 'minimal', level('low')],
      ['gemini-flash-latest', 'minimal', level('low')],
      ['gemini-3.8-flash', 'xhigh', level('high')],
      ['gemini-3.8-flash', 'none', { thinkingLevel: 'low' }],
      ['gemini-3.5-flash', 'none', { thinkingLevel: 'minimal' }],
    ] as const
    for (const [model, reasoning_effort, expected] of cases) {
      expect(effort(model, reasoning_effort)).toEqual(expected)
      expect(losses({ model, reasoning_effort })).toEqual(['reasoning_effort'])
    }
  })

  it('is a budget in the family 2.5', () => {
    expect(effort('gemini-2.5-flash', 'none')).toEqual({ thinkingBudget: 0 })
    expect(effort('gemini-2.5-flash', 'minimal')).toEqual(budget(1024))
    expect(effort('gemini-2.5-flash', 'low')).toEqual(budget(1024))
    expect(effort('gemini-2.5-flash', 'medium')).toEqual(budget(8192))
    expect(effort('gemini-2.5-flash', 'high')).toEqual(budget(24_576))
    expect(effort('gemini-2.5-pro', 'xhigh')).toEqual(budget(32_768))
  })

  it('can not be nothing for the Pro model', () => {
    expect(effort('gemini-2.5-pro', 'none')).toEqual({ thinkingBudget: 128 })
    expect(losses({ model: 'gemini-2.5-pro', reasoning_effort: 'none' })).toEqual([
      'reasoning_effort',
    ])
  })

  it('is not sent to models that do not think', () => {
    expect(effort('gemini-2.0-flash', 'high')).toBeUndefined()
    expect(losses({ model: 'gemini-2.0-flash', reasoning_effort: 'high' })).toEqual([
      'reasoning_effort',
    ])
    expect(losses({ model: 'gemini-2.0-flash', reasoning_effort: 'none' })).toEqual([])
  })

  it('may be said in the words of Anthropic', () => {
    const enabled = { thinking: { type: 'enabled', budget_tokens: 5000 } }

    expect(thinking('gemini-2.5-flash', enabled)).toEqual(budget(5000))
    expect(thinking('gemini-2.5-flash', { thinking: { type: 'disabled' } })).toEqual({
      thinkingBudget: 0,
    })
    expect(thinking('gemini-2.5-flash', { thinking: { type: 'adaptive' } })).toEqual(budget(-1))
    expect(thinking('gemini-3.8-flash', enabled)).toEqual(level('medium'))
    expect(thinking('gemini-3.8-flash', { thinking: { type: 'adaptive' } })).toEqual({
      includeThoughts: true,
    })
    expect(losses({ model: 'gemini-3.8-flash', ...enabled })).toEqual(['reasoning_effort'])
  })
})

describe('the choice of a tool', () => {
  const config = (fields: object): unknown =>
    body({ tools: [look], ...fields }).toolConfig?.functionCallingConfig

  it('is put into the words of Google', () => {
    expect(config({})).toBeUndefined()
    expect(config({ tool_choice: 'auto' })).toEqual({ mode: 'AUTO' })
    expect(config({ tool_choice: 'none' })).toEqual({ mode: 'NONE' })
    expect(config({ tool_choice: 'required' })).toEqual({ mode: 'ANY' })
    expect(config({ tool_choice: { type: 'function', function: { name: 'look' } } })).toEqual({
      mode: 'ANY',
      allowedFunctionNames: ['look'],
    })
  })

  it('may be of some of the tools', () => {
    const allowed = (mode: string): object => ({
      type: 'allowed_tools',
      allowed_tools: { mode, tools: [{ type: 'function', function: { name: 'look' } }] },
    })

    expect(config({ tool_choice: allowed('auto') })).toEqual({
      mode: 'VALIDATED',
      allowedFunctionNames: ['look'],
    })
    expect(config({ tool_choice: allowed('required') })).toEqual({
      mode: 'ANY',
      allowedFunctionNames: ['look'],
    })
  })

  it('holds the model to the schema when a function is strict', () => {
    expect(config({ tools: [strict] })).toEqual({ mode: 'VALIDATED' })
    expect(config({ tools: [strict], tool_choice: 'required' })).toEqual({ mode: 'ANY' })
  })

  it('is refused when it makes no sense', () => {
    expect(refusal({ tools: [look], tool_choice: 'perhaps' })).toMatchObject({
      param: 'tool_choice',
    })
    expect(refusal({ tools: [look], tool_choice: { type: 'custom' } })).toMatchObject({
      param: 'tool_choice',
    })
    expect(refusal({ tool_choice: 'required' })).toMatchObject({ param: 'tool_choice' })
    expect(body({ tool_choice: 'none' }).toolConfig).toBeUndefined()
  })
})

describe('tools', () => {
  it('have no schema when they take nothing', () => {
    const bare = (parameters: unknown): object => ({
      type: 'function',
      function: { name: 'ping', parameters },
    })
    const declarations = (parameters: unknown): any =>
      body({ tools: [bare(parameters)] }).tools[0].functionDeclarations

    for (const parameters of [undefined, null, {}, { type: 'object', properties: {} }]) {
      expect(declarations(parameters)).toEqual([{ name: 'ping', description: '' }])
    }
  })

  it('take an object also when their schema forgets to say so', () => {
    const tools = [
      { type: 'function', function: { name: 'see', parameters: { properties: { a: {} } } } },
    ]

    expect(body({ tools }).tools[0].functionDeclarations[0].parametersJsonSchema.type).toBe(
      'object',
    )
  })

  it('of Google stand beside the functions, from the third generation on in one conversation', () => {
    const tools = [{ type: 'google_search' }, { type: 'url_context' }, look]

    expect(body({ tools }).tools.map(Object.keys).flat()).toEqual([
      'googleSearch',
      'urlContext',
      'functionDeclarations',
    ])
    expect(body({ tools }).toolConfig).toEqual({
      functionCallingConfig: { mode: 'VALIDATED' },
      includeServerSideToolInvocations: true,
    })
    expect(body({ tools, tool_choice: 'none' }).tools.map(Object.keys).flat()).toEqual([
      'functionDeclarations',
    ])
    expect(body({ web_search_options: {} }).tools).toEqual([{ googleSearch: {} }])
  })

  it('of another kind are refused by their path', () => {
    expect(refusal({ tools: [look, { type: 'constructor' }] })).toMatchObject({
      code: 'unsupported_parameter',
      param: 'tools[1].type',
    })
  })
})

describe('the format of the answer', () => {
  const older = 'gemini-2.5-flash'

  it('is a schema, or any JSON', () => {
    expect(body({ response_format: jsonSchema }).generationConfig).toEqual({
      responseMimeType: 'application/json',
      responseJsonSchema: schema,
    })
    expect(body({ response_format: { type: 'json_object' } }).generationConfig).toEqual({
      responseMimeType: 'application/json',
    })
    expect(body({ response_format: { type: 'text' } }).generationConfig).toEqual({})
    expect(losses({ response_format: jsonSchema })).toEqual([])
  })

  it('stands beside functions in the third generation', () => {
    const fields = { response_format: jsonSchema, tools: [look] }

    expect(body(fields).generationConfig.responseJsonSchema).toEqual(schema)
    expect(losses(fields)).toEqual([])
  })

  it('is a function of its own beside functions before, which is named', () => {
    const fields = { model: older, response_format: jsonSchema, tools: [look] }
    const sent = body(fields)
    const [declared] = sent.tools

    expect(sent.generationConfig).toEqual({})
    expect(declared.functionDeclarations.map(({ name }: any) => name)).toEqual([
      'look',
      'tapgate_json_answer',
    ])
    expect(sent.toolConfig.functionCallingConfig).toEqual({ mode: 'ANY' })
    expect(losses(fields)).toEqual(['response_format'])
  })

  it('is then the only function that may be called when the others are forbidden', () => {
    const sent = body({
      model: older,
      response_format: jsonSchema,
      tools: [look],
      tool_choice: 'none',
    })

    expect(sent.toolConfig.functionCallingConfig).toEqual({
      mode: 'ANY',
      allowedFunctionNames: ['tapgate_json_answer'],
    })
  })

  it('is asked for in words where it is no object', () => {
    const fields = { model: older, response_format: { type: 'json_object' }, tools: [look] }

    expect(body(fields).systemInstruction.parts).toEqual([
      { text: 'Answer with nothing but JSON.' },
    ])
    expect(losses(fields)).toEqual(['response_format'])
  })

  it('of another type is refused', () => {
    expect(refusal({ response_format: { type: 'grammar', grammar: '' } })).toMatchObject({
      code: 'unsupported_parameter',
      param: 'response_format.type',
    })
  })

  it('does not matter when a function has to be called', () => {
    const fields = { response_format: jsonSchema, tools: [look], tool_choice: 'required' }

    expect(body(fields).generationConfig).toEqual({})
    expect(losses(fields)).toEqual([])
  })
})

describe('other fields', () => {
  it('go through as they are', () => {
    expect(body({ labels: { a: 'b' } })).toMatchObject({ labels: { a: 'b' } })
    expect(body({ safetySettings: [{ a: 1 }] })).toMatchObject({ safetySettings: [{ a: 1 }] })
  })

  it('of Google win over what was translated', () => {
    const fields = {
      temperature: 1,
      reasoning_effort: 'high',
      generationConfig: { temperature: 0.5 },
      thinking_config: { thinking_level: 'low' },
    }

    expect(body(fields).generationConfig).toEqual({
      temperature: 0.5,
      thinkingConfig: { thinking_level: 'low' },
    })
  })

  it('can not carry a prompt past the guards', () => {
    for (const param of ['contents', 'systemInstruction', 'system_instruction']) {
      expect(refusal({ [param]: {} })).toMatchObject({ code: 'unsupported_parameter', param })
      expect(refusal({ extra_body: { google: { [param]: {} } } })).toMatchObject({ param })
    }
  })

  it('that mean nothing to Google do not reach it', () => {
    const accounting = {
      user: 'a',
      metadata: {},
      store: false,
      safety_identifier: 'b',
      prompt_cache_key: 'c',
      stream_options: {},
    }

    expect(Object.keys(body(accounting))).toEqual(['contents', 'generationConfig'])
    expect(losses(accounting)).toEqual([])
    expect(losses({ logit_bias: { 1: 1 }, prediction: {}, verbosity: 'low' })).toEqual([
      'logit_bias',
      'prediction',
      'verbosity',
    ])
  })
})
