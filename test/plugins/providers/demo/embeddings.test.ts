import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { embed } from './demo-models.ts'

async function vectorOf(text: string, dimensions?: number): Promise<number[]> {
  const { data } = await embed({ input: text, ...(dimensions !== undefined && { dimensions }) })
  return data[0]!.embedding as number[]
}

const dot = (one: readonly number[], other: readonly number[]): number =>
  one.reduce((sum, value, at) => sum + value * other[at]!, 0)

describe('embeddings of the demo', () => {
  it('are lists in the form of OpenAI', async () => {
    expect(await embed({ input: ['Hello there', 'Goodbye'] })).toMatchObject({
      object: 'list',
      model: 'embed',
      data: [
        { object: 'embedding', index: 0 },
        { object: 'embedding', index: 1 },
      ],
      usage: { prompt_tokens: 3, total_tokens: 3 },
    })
  })

  it('have length 1 and the dimensions asked for, and are the same for the same text', async () => {
    const dimensions = fc.integer({ min: 8, max: 1536 })
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme' }), dimensions, async (text, size) => {
        const vector = await vectorOf(text, size)
        expect(vector).toHaveLength(size)
        expect(dot(vector, vector)).toBeCloseTo(1, 5)
        expect(await vectorOf(text, size)).toEqual(vector)
      }),
    )
  })

  it('have 256 dimensions by default', async () => {
    expect(await vectorOf('Hello')).toHaveLength(256)
  })

  it('are near for texts with words in common, and far for others', async () => {
    const question = await vectorOf('How do I reset my password?')
    const alike = await vectorOf('how can I reset the password')
    const other = await vectorOf('Lemon cake with almonds')
    expect(dot(question, alike)).toBeGreaterThan(0.5)
    expect(dot(question, other)).toBeLessThan(0.3)
  })

  it('are the same in both encodings', async () => {
    const { data } = await embed({ input: 'Hello there', encoding_format: 'base64' })
    const bytes = Buffer.from(data[0]!.embedding as string, 'base64')
    const floats = Array.from({ length: 256 }, (_, at) => bytes.readFloatLE(at * 4))
    expect(floats).toEqual(await vectorOf('Hello there'))
  })

  it('are made of tokens too', async () => {
    const { data, usage } = await embed({ input: [[1, 2], [3]] })
    expect(data).toHaveLength(2)
    expect(usage?.prompt_tokens).toBe(3)
    expect((await embed({ input: [1, 2] })).data[0]).toEqual(data[0])
  })

  it.each([
    [{ input: [] }, 'input'],
    [{ input: 7 }, 'input'],
    [{ input: 'a', dimensions: 7 }, 'dimensions'],
    [{ input: 'a', dimensions: 1537 }, 'dimensions'],
    [{ input: 'a', encoding_format: 'hex' }, 'encoding_format'],
  ])('are refused for %j', async (request, param) => {
    await expect(embed(request as never)).rejects.toMatchObject({
      code: 'invalid_parameter',
      param,
    })
  })

  it('are not made by a model that chats', async () => {
    await expect(embed({ input: 'a' }, 'echo')).rejects.toMatchObject({
      code: 'unsupported_parameter',
      message: 'The model "echo" makes no embeddings: use embed.',
    })
  })
})
