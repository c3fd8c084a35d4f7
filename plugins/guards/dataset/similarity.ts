import type { Ask, EmbeddingList, Exchange } from '#core'

export type Vector = readonly number[]

/** How many texts go into one question. */
const BATCH = 100

/** The vectors of these texts, each of length 1, in their order. Throws when a model gives none. */
export async function embed(
  ask: Ask,
  model: string,
  texts: readonly string[],
  asker: { readonly parent: Exchange; readonly signal?: AbortSignal },
): Promise<readonly Vector[]> {
  const vectors: Vector[] = []
  for (let from = 0; from < texts.length; from += BATCH) {
    const input = texts.slice(from, from + BATCH)
    const request = { model, input, encoding_format: 'float' as const }
    const answer = await ask({ operation: 'embeddings', request, purpose: 'guard', ...asker })
    vectors.push(...readVectors(answer, input.length))
  }
  return vectors
}

/** The most similar of the vectors; undefined when one has another dimension. */
export function mostSimilar(
  vector: Vector,
  known: readonly Vector[],
): { readonly index: number; readonly similarity: number } | undefined {
  let best = { index: 0, similarity: -Infinity }
  for (const [index, other] of known.entries()) {
    if (other.length !== vector.length) return undefined
    const similarity = dot(vector, other)
    if (similarity > best.similarity) best = { index, similarity }
  }
  return best
}

function readVectors({ data }: EmbeddingList, count: number): readonly Vector[] {
  const inOrder = data.toSorted((one, other) => one.index - other.index)
  if (inOrder.length !== count) throw new Error('The model gave other vectors than were asked for.')
  return inOrder.map(({ embedding }) => {
    const length = typeof embedding === 'string' ? NaN : Math.sqrt(dot(embedding, embedding))
    if (typeof embedding === 'string' || !(length > 0)) {
      throw new Error('The model gave no vector of numbers.')
    }
    return embedding.map((value) => value / length)
  })
}

function dot(one: Vector, other: Vector): number {
  let sum = 0
  for (let index = 0; index < one.length; index++) sum += (one[index] ?? 0) * (other[index] ?? 0)
  return sum
}
