import { describe, expect, it } from 'vitest'

import type { ChatRequest } from '#core'

import { applyParameters, layerParameters } from '../../core/target-parameters.ts'

const request: ChatRequest = {
  model: 'm',
  messages: [{ role: 'user', content: 'hi' }],
  temperature: 1,
  top_p: null,
}
const prompt = { role: 'system', content: 'Be brief.' }

describe('parameters applied to a request', () => {
  it('override it, and put messages before its own', () => {
    expect(applyParameters(request, { temperature: 0, messages: [prompt] })).toEqual({
      ...request,
      temperature: 0,
      messages: [prompt, ...request.messages],
    })
  })

  it('have defaults that hold where it says nothing, or null', () => {
    const defaults = { temperature: 0, top_p: 0.5, seed: 1 }
    expect(applyParameters(request, { defaults })).toEqual({ ...request, top_p: 0.5, seed: 1 })
  })

  it('take the two names of the most tokens for one', () => {
    const said = { ...request, max_completion_tokens: 5 }
    expect(applyParameters(said, { defaults: { max_tokens: 9 } })).toBe(said)
    const old = { ...request, max_tokens: 5 }
    expect(applyParameters(old, { defaults: { max_completion_tokens: 9 } })).toBe(old)
  })

  it('leave the very same request when they change nothing', () => {
    for (const parameters of [{}, { guards: ['g'] }, { defaults: { temperature: 0 } }]) {
      expect(applyParameters(request, parameters)).toBe(request)
    }
  })

  it('accept the bare names of response formats', () => {
    const json = { response_format: { type: 'json_object' } }
    expect(applyParameters(request, { response_format: 'json_object' })).toMatchObject(json)
    const defaults = { response_format: 'json_object' }
    expect(applyParameters(request, { defaults })).toMatchObject(json)
  })

  it('bring no prompt to what is no chat', () => {
    const embedding = { model: 'm', input: 'hi' }
    expect(() => applyParameters(embedding, { messages: [prompt] })).toThrow('only a chat')
    expect(applyParameters(embedding, { dimensions: 8 })).toEqual({ ...embedding, dimensions: 8 })
  })
})

describe('parameters with others around them', () => {
  it('are overridden by the winner', () => {
    const [inner, outer] = [
      { a: 1, b: 1 },
      { b: 2, c: 2 },
    ]
    expect(layerParameters(inner, outer, 'inner')).toEqual({ a: 1, b: 1, c: 2 })
    expect(layerParameters(inner, outer, 'outer')).toEqual({ a: 1, b: 2, c: 2 })
    expect(layerParameters(undefined, outer, 'inner')).toBe(outer)
  })

  it.each(['inner', 'outer'] as const)(
    'keep prompts and guards of both, when the %s wins',
    (winner) => {
      const inner = { messages: [1], guards: ['a'] }
      const outer = { messages: [2], guards: ['b'] }
      expect(layerParameters(inner, outer, winner)).toEqual({
        messages: [1, 2],
        guards: ['a', 'b'],
      })
      for (const nothing of [[], null, 'none']) {
        const taking = { messages: nothing, guards: nothing }
        expect(layerParameters(inner, taking, winner)).toEqual(inner)
        expect(layerParameters(taking, inner, winner)).toEqual(inner)
      }
    },
  )

  it.each(['inner', 'outer'] as const)(
    'have the outer defaults first, when the %s wins',
    (winner) => {
      const inner = { defaults: { a: 1, b: 1 } }
      expect(layerParameters(inner, { defaults: { b: 2 } }, winner).defaults).toEqual({
        a: 1,
        b: 2,
      })
      expect(layerParameters(inner, {}, winner)).toEqual(inner)
    },
  )
})
