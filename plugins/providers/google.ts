import {
  CONNECTION_OPTIONS,
  definePlugin,
  timeoutsOf,
  type Call,
  type Connection,
  type EmbeddingList,
  type EmbeddingRequest,
  type GatewayError,
  type Provider,
  type Wire,
} from '#core'

import { toChatCompletion } from './google/answer.ts'
import { lossesOf } from './google/degraded.ts'
import { toEmbeddingList, toEmbedRequest } from './google/embeddings.ts'
import { createEventReader } from './google/events.ts'
import { toFault } from './google/fault.ts'
import { isObject, objectsIn, textIn, textsIn } from './google/json.ts'
import { modelPath } from './google/model.ts'
import { toGenerateContentRequest } from './google/request.ts'

const PUBLIC_URL = 'https://generativelanguage.googleapis.com'

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
    const { name, models, headers, timeouts } = options
    const key = options.apiKey || environment['GEMINI_API_KEY'] || environment['GOOGLE_API_KEY']
    const baseUrl =
      options.baseUrl || environment['GEMINI_BASE_URL'] || environment['GOOGLE_GEMINI_BASE_URL']
    const connection: Connection | undefined = key
      ? {
          baseUrl: withVersion(baseUrl || PUBLIC_URL),
          headers: { 'x-goog-api-key': key, ...headers },
          ...timeoutsOf(timeouts),
        }
      : undefined
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

/** Google's own libraries leave the version out of the address. */
function withVersion(url: string): string {
  const trimmed = url.replace(/\/+$/, '')
  return /\/v\d+\w*$/.test(trimmed) ? trimmed : `${trimmed}/v1beta`
}

/** The models that can chat or embed, without the collection in front of their names. */
function modelsIn(body: unknown): readonly string[] {
  return objectsIn(isObject(body) ? body['models'] : undefined)
    .filter(({ supportedGenerationMethods: methods }) =>
      textsIn(methods).some((method) => method === 'generateContent' || method === 'embedContent'),
    )
    .flatMap(({ name }) => textIn(name)?.replace(/^models\//, '') ?? [])
}
