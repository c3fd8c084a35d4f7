import {
  CONNECTION_OPTIONS,
  definePlugin,
  type Call,
  type EmbeddingList,
  type EmbeddingRequest,
  type GatewayError,
  type Provider,
  type Wire,
} from '#core'

import { toChatCompletion } from './google/answer.ts'
import { findConnection } from './google/connection.ts'
import { lossesOf } from './google/degraded.ts'
import { toEmbeddingList, toEmbedRequest } from './google/embeddings.ts'
import { createEventReader } from './google/events.ts'
import { toFault } from './google/fault.ts'
import { isObject, objectsIn, textIn, textsIn } from './google/json.ts'
import { modelPath } from './google/model.ts'
import { toGenerateContentRequest } from './google/request.ts'

/**
 * Google's Gemini models, by an API key of Google AI Studio.
 * https://ai.google.dev/api/generate-content
 */
export const google = definePlugin({
  name: 'google',
  schema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      ...CONNECTION_OPTIONS,
      name: { ...CONNECTION_OPTIONS.name, default: 'google' },
    },
  },
  setup({ options, environment }) {
    const { name, models } = options
    const connection = findConnection(options, environment)
    const provider: Provider = {
      name,
      title: 'Google Gemini',
      catalogueName: 'google',
      ...(connection ? { connection } : { hint: 'Set GEMINI_API_KEY.' }),
      ...(models ? { models } : {}),
      discovery: { path: '/models?pageSize=1000', read: modelsIn },
      chat,
      embeddings,
    }
    return { providers: [provider] }
  },
})

const chat: Wire<'chat'> = {
  path: ({ model, stream }) =>
    `${modelPath(model)}:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
  body: (request, { model }) => toGenerateContentRequest(request, model),
  answer: (body, { model }) => toChatCompletion(body, model),
  events: ({ model }) => createEventReader(model),
  hasStreamOptions: false,
  fault: faultIn,
  degraded: (request, call?: Call) => lossesOf(request, call?.model ?? request.model),
}

const embeddings: Wire<'embeddings'> = {
  path: ({ model }) => `${modelPath(model)}:batchEmbedContents`,
  body: (request, { model }) => toEmbedRequest(request, model),
  answer: (body: unknown, { model }: Call, request?: EmbeddingRequest): EmbeddingList =>
    toEmbeddingList(body, model, request?.encoding_format),
  fault: faultIn,
}

/** Errors come as an object, those of streams in a list. */
function faultIn(body: unknown): GatewayError | undefined {
  const [first]: unknown[] = Array.isArray(body) ? body : [body]
  return isObject(first) && isObject(first['error']) ? toFault(first['error']) : undefined
}

/** The models that can chat or embed, without the collection in front of their names. */
function modelsIn(body: unknown): readonly string[] {
  return objectsIn(isObject(body) ? body['models'] : undefined)
    .filter(({ supportedGenerationMethods: methods }) =>
      textsIn(methods).some((method) => method === 'generateContent' || method === 'embedContent'),
    )
    .flatMap(({ name }) => textIn(name)?.replace(/^models\//, '') ?? [])
}
