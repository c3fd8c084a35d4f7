import { createHash } from 'node:crypto'

import { GatewayError, type EmbeddingList, type EmbeddingRequest, type Local } from '#core'

import { wholeNumber } from './limits.ts'
import { toInputs } from './text-input.ts'

/** The demo model that makes embeddings. */
export const EMBEDDING_MODEL = 'embed'

const DEFAULT_DIMENSIONS = 256

/** Embeddings by hashing: the same text gives the same vector, texts with shared words similar ones. */
export const embeddings: Local<'embeddings'> = {
  run(request, call) {
    if (call.model !== EMBEDDING_MODEL) {
      const message = `The model "${call.model}" makes no embeddings: use ${EMBEDDING_MODEL}.`
      throw new GatewayError('unsupported_parameter', message, { param: 'model' })
    }
    return embed(request, call.model)
  },
}

function embed(request: EmbeddingRequest, model: string): EmbeddingList {
  const inputs = toInputs('input', request.input)
  const dimensions = wholeNumber('dimensions', request.dimensions ?? DEFAULT_DIMENSIONS, [8, 1536])
  const write = writerFor(request.encoding_format ?? 'float')
  const tokens = inputs.reduce((sum, input) => sum + input.tokens, 0)
  return {
    object: 'list',
    data: inputs.map(({ text }, index) => ({
      object: 'embedding',
      index,
      embedding: write(toVector(text, dimensions)),
    })),
    model,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  }
}

function writerFor(format: string): (vector: Float32Array) => number[] | string {
  if (format === 'float') return (vector) => [...vector]
  if (format === 'base64') return (vector) => Buffer.from(vector.buffer).toString('base64')
  const message = '"encoding_format" must be float or base64.'
  throw new GatewayError('invalid_parameter', message, { param: 'encoding_format' })
}

/** A vector of length 1: each word of the text adds to a few of its places. */
function toVector(text: string, dimensions: number): Float32Array {
  const vector = new Float32Array(dimensions)
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [text]
  for (const word of words) {
    const hash = createHash('sha256').update(word).digest()
    for (let offset = 0; offset < hash.length; offset += 4) {
      const place = hash.readUInt32LE(offset)
      const sign = place & 1 ? 1 : -1
      vector[(place >>> 1) % dimensions]! += sign
    }
  }
  return normalized(vector)
}

function normalized(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector)
  // Words that cancel each other out still need a direction.
  if (length === 0) vector[0] = 1
  return length === 0 ? vector : vector.map((value) => value / length)
}
