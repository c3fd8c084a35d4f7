import { describe, expect, it } from 'vitest'

import type { EmbeddingRequest } from '../../../../core/index.ts'
import { toEmbeddingList, toEmbedRequest } from '../../../../plugins/providers/google/embeddings.ts'

const model = 'gemini-embedding-001'
const body = (fields: { input: EmbeddingRequest['input'] } & Record<string, unknown>): any =>
  JSON.parse(JSON.stringify(toEmbedRequest({ model, ...fields }, model)))

describe('texts to embed', () => {
  it('are asked for one by one, in order', () => {
    expect(
      body({ input: ['a', 'b'], dimensions: 768, encoding_format: 'base64', user: 'u' }),
    ).toEqual({
      requests: [
        {
          model: 'models/gemini-embedding-001',
          content: { parts: [{ text: 'a' }] },
          outputDimensionality: 768,
        },
        {
          model: 'models/gemini-embedding-001',
          content: { parts: [{ text: 'b' }] },
          outputDimensionality: 768,
        },
      ],
    })
  })

  it('may be a single one, for a task', () => {
    expect(body({ input: 'a', task_type: 'RETRIEVAL_DOCUMENT', title: 'T' })).toEqual({
      requests: [
        {
          model: 'models/gemini-embedding-001',
          content: { parts: [{ text: 'a' }] },
          taskType: 'RETRIEVAL_DOCUMENT',
          title: 'T',
        },
      ],
    })
  })

  it('can not be tokens', () => {
    for (const input of [[1, 2], [[1, 2]]]) {
      expect(() => body({ input })).toThrow(
        expect.objectContaining({ code: 'unsupported_parameter', param: 'input', status: 400 }),
      )
    }
  })

  it('are at least one and at most a hundred', () => {
    for (const count of [0, 101]) {
      expect(() => body({ input: Array.from({ length: count }, () => 'a') })).toThrow(
        expect.objectContaining({ code: 'invalid_parameter', param: 'input' }),
      )
    }
  })
})

describe('vectors', () => {
  const answer = {
    embeddings: [{ values: [0.5, -0.25] }, { values: [1, 0] }],
    usageMetadata: {
      promptTokenCount: 12,
      promptTokenDetails: [{ modality: 'TEXT', tokenCount: 12 }],
    },
  }

  it('are listed as OpenAI does it', () => {
    expect(toEmbeddingList(answer, model, undefined)).toEqual({
      object: 'list',
      data: [
        { object: 'embedding', index: 0, embedding: [0.5, -0.25] },
        { object: 'embedding', index: 1, embedding: [1, 0] },
      ],
      model,
      usage: { prompt_tokens: 12, total_tokens: 12 },
    })
  })

  it('are little-endian floats in base64 when that is asked for', () => {
    const [first] = toEmbeddingList(answer, model, 'base64').data
    const bytes = Buffer.from(String(first?.embedding), 'base64')

    expect([bytes.readFloatLE(0), bytes.readFloatLE(4)]).toEqual([0.5, -0.25])
    expect(bytes).toHaveLength(8)
  })

  it('tell of no tokens where Google counts none', () => {
    const list = toEmbeddingList({ embeddings: [{ values: [1] }] }, model, 'float')
    expect(list).not.toHaveProperty('usage')
  })

  it('have to be there', () => {
    for (const body of [null, {}, { embeddings: [] }]) {
      expect(() => toEmbeddingList(body, model, 'float')).toThrow(
        expect.objectContaining({ code: 'invalid_upstream_response' }),
      )
    }
    expect(() => toEmbeddingList({ error: { status: 'UNAVAILABLE' } }, model, 'float')).toThrow(
      expect.objectContaining({ code: 'upstream_error' }),
    )
  })
})
