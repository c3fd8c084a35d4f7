import type { EmbeddingList, EmbeddingRequest } from '#core'
import { GatewayError } from '#core'

import { toFault } from './fault.ts'
import { isObject, objectsIn, type JsonObject } from './json.ts'
import { modelPath } from './model.ts'

const MOST_TEXTS = 100

/** Texts to embed, as `batchEmbedContents` takes them: https://ai.google.dev/api/embeddings. */
export function toEmbedRequest(request: EmbeddingRequest, model: string): object {
  const { model: _model, user: _user, encoding_format: _format, ...fields } = request
  const { input, dimensions, task_type, ...others } = fields
  const texts = textsToEmbed(input)
  return {
    requests: texts.map((text) => ({
      model: modelPath(model).slice(1),
      content: { parts: [{ text }] },
      outputDimensionality: dimensions,
      taskType: task_type,
      ...others,
    })),
  }
}

function textsToEmbed(input: EmbeddingRequest['input']): readonly string[] {
  const texts: readonly unknown[] = Array.isArray(input) ? input : [input]
  if (texts.length === 0 || texts.length > MOST_TEXTS) {
    const message = `input must be 1 to ${MOST_TEXTS} texts for Google.`
    throw new GatewayError('invalid_parameter', message, { param: 'input' })
  }
  return texts.map((text) => {
    if (typeof text === 'string') return text
    const message = 'Google embeds texts, not tokens: send input as a text or a list of texts.'
    throw new GatewayError('unsupported_parameter', message, { param: 'input' })
  })
}

/** The vectors as OpenAI gives them. Google does not always count the tokens; then none are told. */
export function toEmbeddingList(
  body: unknown,
  model: string,
  encoding: EmbeddingRequest['encoding_format'],
): EmbeddingList {
  if (isObject(body) && isObject(body['error'])) throw toFault(body['error'])
  const vectors = isObject(body) ? objectsIn(body['embeddings']).map(vectorIn) : []
  if (!isObject(body) || vectors.length === 0) {
    throw new GatewayError('invalid_upstream_response', 'Google answered without embeddings.')
  }
  const tokens = promptTokensIn(body['usageMetadata'])
  return {
    object: 'list',
    data: vectors.map((vector, index) => ({
      object: 'embedding',
      index,
      embedding: encoding === 'base64' ? toBase64(vector) : vector,
    })),
    model,
    ...(tokens === undefined ? {} : { usage: { prompt_tokens: tokens, total_tokens: tokens } }),
  }
}

function vectorIn({ values }: JsonObject): number[] {
  return Array.isArray(values) ? values.filter((value) => typeof value === 'number') : []
}

function promptTokensIn(usage: unknown): number | undefined {
  const count = isObject(usage) ? usage['promptTokenCount'] : undefined
  return typeof count === 'number' ? count : undefined
}

/** Little-endian 32-bit floats, one after the other. */
function toBase64(vector: readonly number[]): string {
  const bytes = Buffer.alloc(vector.length * 4)
  vector.forEach((value, index) => bytes.writeFloatLE(value, index * 4))
  return bytes.toString('base64')
}
