import {
  type ConnectionOptions,
  GatewayError,
  type Call,
  type ChatRequest,
  type Discovery,
  type Environment,
  type Provider,
  type Wire,
} from '#core'

import { createChunkReader } from './answer-stream.ts'
import { readAnswer } from './answers.ts'
import { findConnection } from './connection.ts'
import { isFields, textOf } from './fields.ts'
import type { Preset } from './preset.ts'
import type { ChatBody, RequestQuirk } from './request-quirks.ts'

/** A provider of the preset's kind, as the options and the environment connect it. */
export function createProvider(
  preset: Preset,
  options: ConnectionOptions,
  environment: Environment,
): Provider {
  const { chat, completions, embeddings } = preset.paths
  const models = [...(preset.models ?? []), ...(options.models ?? [])]
  return {
    name: options.name ?? preset.name,
    title: preset.title,
    catalogueName: preset.catalogueName ?? preset.name,
    ...findConnection(preset, options, environment),
    ...(models.length > 0 && { models }),
    ...(preset.modelsPath !== undefined && {
      discovery: discoveryAt(preset.modelsPath, preset.title),
    }),
    ...(chat !== undefined && { chat: chatAt(chat, preset) }),
    ...(completions !== undefined && {
      completions: { ...streamOptions(preset), path: pathOf(completions) },
    }),
    ...(embeddings !== undefined && {
      embeddings: {
        path: pathOf(embeddings),
        ...(preset.embeddingBody && { body: preset.embeddingBody }),
      },
    }),
  }
}

type Path = string | ((call: Call) => string)

function pathOf(path: Path): (call: Call) => string {
  return typeof path === 'string' ? () => path : path
}

function streamOptions({ hasStreamOptions }: Preset): { hasStreamOptions?: false } {
  return hasStreamOptions === false ? { hasStreamOptions } : {}
}

/** Chat: only where the provider differs from OpenAI is anything translated. */
function chatAt(path: Path, preset: Preset): Wire<'chat'> {
  const { requestQuirks, answerQuirks, title } = preset
  const form = { title, quirks: answerQuirks ?? [] }
  return {
    ...streamOptions(preset),
    path: pathOf(path),
    ...(requestQuirks && {
      body: (request, call) => {
        const asksForUsage = call.stream && preset.hasStreamOptions !== false
        return applyAll(requestQuirks, asksForUsage ? withUsage(request) : request).body
      },
      degraded: (request) => applyAll(requestQuirks, request).lost,
    }),
    ...(answerQuirks && {
      answer: (body, call) => readAnswer(form, body, call.model),
      events: (call) => createChunkReader(form, call.model),
    }),
  }
}

/** The usage of a stream is asked for, whether or not the client did. */
function withUsage(request: ChatRequest): ChatRequest {
  if (request.stream_options?.include_usage === true) return request
  return { ...request, stream_options: { ...request.stream_options, include_usage: true } }
}

function applyAll(
  quirks: readonly RequestQuirk[],
  request: ChatRequest,
): { readonly body: ChatBody; readonly lost: readonly string[] } {
  const lost = new Set<string>()
  const body = quirks.reduce<ChatBody>(
    (before, quirk) => quirk(before, (field) => lost.add(field)),
    request,
  )
  return { body, lost: [...lost] }
}

function discoveryAt(path: string, title: string): Discovery {
  return { path, read: (body) => readModels(body, title) }
}

/** The names of a list of models: OpenAI's form, or the bare list that Together answers with. */
function readModels(body: unknown, title: string): readonly string[] {
  const list = isFields(body) ? body['data'] : body
  if (!Array.isArray(list)) {
    throw new GatewayError(
      'invalid_upstream_response',
      `${title} answered without a list of models.`,
    )
  }
  const names = list.filter(isFields).map((model) => textOf(model['id']))
  return [...new Set(names)].filter((name) => name !== undefined)
}
