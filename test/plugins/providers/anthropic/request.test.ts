import { describe, expect, it } from 'vitest'

import { GatewayError, type ChatRequest } from '../../../../core/index.ts'
import {
  degradedFields,
  toMessagesRequest,
} from '../../../../plugins/providers/anthropic/request.ts'

const hello: ChatRequest = {
  model: 'claude-sonnet-4-5',
  messages: [{ role: 'user', content: 'Hello.' }],
}

const body = (request: Partial<ChatRequest>): any =>
  toMessagesRequest(
    { ...hello, ...request },
    { model: request.model ?? hello.model, stream: request.stream === true },
  )
const degraded = (request: Partial<ChatRequest>): readonly string[] =>
  degradedFields({ ...hello, ...request })
const fault = (request: Partial<ChatRequest>): GatewayError => {
  try {
    body(request)
  } catch (error) {
    if (error instanceof GatewayError) return error
    throw error
  }
  throw new Error('The request was not refused.')
}

describe('the parameters of a request', () => {
  it('names the model of the target, not the one that was asked for', () => {
    const call = { model: 'claude-opus-5', stream: false }

    expect(toMessagesRequest({ ...hello, model: 'smart' }, call)['model']).toBe('claude-opus-5')
  })

  it('asks for a stream only when there is to be one', () => {
    expect(body({ stream: true, stream_options: { include_usage: true } })).toMatchObject({
      stream: true,
    })
    expect(body({ stream: true })).not.toHaveProperty('stream_options')
    expect(body({ stream: false })).not.toHaveProperty('stream')
  })

  it('has a limit of tokens even when the caller sets none', () => {
    expect(body({}).max_tokens).toBe(64_000)
    expect(body({ max_tokens: 5 }).max_tokens).toBe(5)
    expect(body({ max_tokens: 5, max_completion_tokens: 6 }).max_tokens).toBe(6)
    expect(body({ model: 'claude-opus-5' }).max_tokens).toBe(128_000)
    expect(body({ model: 'some-other-maker' }).max_tokens).toBe(4096)
  })

  it('clamps the temperature to what Anthropic knows', () => {
    expect(body({ temperature: 1.7 }).temperature).toBe(1)
    expect(degraded({ temperature: 1.7 })).toEqual(['temperature'])
    expect(body({ temperature: 0 }).temperature).toBe(0)
    expect(degraded({ temperature: 0 })).toEqual([])
  })

  it('sends a temperature or a top_p, not both', () => {
    expect(body({ temperature: 0.2, top_p: 0.5 })).not.toHaveProperty('top_p')
    expect(degraded({ temperature: 0.2, top_p: 0.5 })).toEqual(['top_p'])
    expect(body({ top_p: 0.5, top_k: 7 })).toMatchObject({ top_p: 0.5, top_k: 7 })
  })

  it('leaves the sampling out for models that refuse it, and says so unless it is the default', () => {
    const model = 'claude-opus-4.8'

    expect(body({ model, temperature: 0.2, top_k: 7 })).not.toHaveProperty('temperature')
    expect(degraded({ model, temperature: 0.2, top_k: 7 })).toEqual(['temperature', 'top_k'])
    expect(degraded({ model, temperature: 1, top_p: 1 })).toEqual([])
  })

  it('takes one stop sequence or several, but no blank one', () => {
    expect(body({ stop: 'END' }).stop_sequences).toEqual(['END'])
    expect(body({ stop: ['a', '\n'] }).stop_sequences).toEqual(['a'])
    expect(degraded({ stop: ['a', '\n'] })).toEqual(['stop'])
    expect(body({ stop: [] })).not.toHaveProperty('stop_sequences')
  })

  it('tells who the end user is', () => {
    expect(body({ user: 'u1' }).metadata).toEqual({ user_id: 'u1' })
    expect(body({ user: 'u1', metadata: { user_id: 'u2' } }).metadata).toEqual({ user_id: 'u2' })
    expect(degraded({ metadata: { team: 'a' } })).toEqual(['metadata'])
  })

  it('refuses more than one answer', () => {
    expect(fault({ n: 2 })).toMatchObject({ code: 'unsupported_parameter', param: 'n' })
    expect(body({ n: 1 })).not.toHaveProperty('n')
  })

  it.each([
    ['audio', { audio: { voice: 'alloy' } }],
    ['modalities', { modalities: ['text', 'audio'] }],
    ['functions', { functions: [] }],
    ['function_call', { function_call: 'auto' }],
  ])('refuses "%s", which would ask for another kind of answer', (param, request) => {
    expect(fault(request)).toMatchObject({ code: 'unsupported_parameter', param, status: 400 })
  })

  it('names what Anthropic does not have, unless nothing is asked for', () => {
    expect(degraded({ seed: 1, presence_penalty: 1, logprobs: true })).toEqual([
      'seed',
      'presence_penalty',
      'logprobs',
    ])
    expect(degraded({ seed: null, presence_penalty: 0, logprobs: false, store: false })).toEqual([])
    expect(body({ seed: 1, presence_penalty: 1 })).not.toHaveProperty('seed')
  })

  it('translates the service tier where there is a counterpart', () => {
    expect(body({ service_tier: 'default' }).service_tier).toBe('standard_only')
    expect(body({ service_tier: 'auto' }).service_tier).toBe('auto')
    expect(degraded({ service_tier: 'flex' })).toEqual(['service_tier'])
  })

  it('passes on what it does not know', () => {
    const own = { inference_geo: 'us', output_config: { task_budget: { total: 9 } } }

    expect(body(own)).toMatchObject(own)
    expect(degraded(own)).toEqual([])
  })
})

describe('the tools of a request', () => {
  const tool = { type: 'function' as const, function: { name: 'look' } }

  it('have a schema even when the caller gives none', () => {
    expect(body({ tools: [tool] }).tools).toEqual([
      { name: 'look', input_schema: { type: 'object', properties: {} } },
    ])
  })

  it.each([
    ['none', { type: 'none' }],
    ['auto', { type: 'auto' }],
    ['required', { type: 'any' }],
    [
      { type: 'function', function: { name: 'look' } },
      { type: 'tool', name: 'look' },
    ],
  ] as const)('are chosen as asked: %j', (choice, expected) => {
    expect(body({ tools: [tool], tool_choice: choice }).tool_choice).toEqual(expected)
  })

  it('are called one at a time when the caller asks for that', () => {
    const request = { tools: [tool], parallel_tool_calls: false }

    expect(body(request).tool_choice).toEqual({ type: 'auto', disable_parallel_tool_use: true })
    expect(body({ ...request, tool_choice: 'none' }).tool_choice).toEqual({ type: 'none' })
    expect(body({ tools: [tool], parallel_tool_calls: true })).not.toHaveProperty('tool_choice')
  })

  it('can not be forced on models that refuse it, which is named', () => {
    const request = { model: 'claude-opus-5-5', tools: [tool], tool_choice: 'required' as const }

    expect(body(request).tool_choice).toEqual({ type: 'auto' })
    expect(degraded(request)).toEqual(['tool_choice'])
  })

  it('must exist when one is to be called', () => {
    expect(fault({ tool_choice: 'required' })).toMatchObject({ param: 'tool_choice', status: 400 })
    expect(body({ tool_choice: 'auto' })).not.toHaveProperty('tool_choice')
  })

  it('are refused a choice that Anthropic does not have', () => {
    const choice = { type: 'allowed_tools', allowed_tools: { mode: 'auto', tools: [] } }

    expect(fault({ tools: [tool], tool_choice: choice }).code).toBe('unsupported_parameter')
  })

  it('go through when they are Anthropic’s own', () => {
    const native: any = { type: 'web_search_20250305', name: 'web_search', max_uses: 2 }

    expect(body({ tools: [native, tool] }).tools[0]).toEqual(native)
  })

  it('are strict where the model can be, and named where it can not', () => {
    const strict = (parameters: Record<string, unknown>): Partial<ChatRequest> => ({
      tools: [{ type: 'function', function: { name: 'look', parameters, strict: true } }],
    })
    const closed = { type: 'object', properties: {}, additionalProperties: false }

    expect(body(strict(closed)).tools[0]).toMatchObject({ strict: true, input_schema: closed })
    expect(degraded(strict(closed))).toEqual([])
    expect(
      body(strict({ type: 'object', additionalProperties: true })).tools[0],
    ).not.toHaveProperty('strict')
    expect(degraded(strict({ type: 'object', additionalProperties: true }))).toEqual([
      'tools.function.strict',
    ])
    expect(degraded({ ...strict(closed), model: 'claude-opus-4-1' })).toEqual([
      'tools.function.strict',
    ])
  })

  it('must have a name', () => {
    expect(fault({ tools: [{ type: 'function' } as never] })).toMatchObject({
      param: 'tools[0].function.name',
    })
  })
})
