import {
  definePlugin,
  type Finished,
  type GuardStage,
  type PluginEntry,
  type ToolAnswer,
  type UsageRecord,
} from '#core'

import { startGateway, type TestAnswer } from '../../helpers/gateway.ts'
import { DONE, providerAt } from '../../helpers/openai.ts'
import { json, sse, startUpstream, type Handler } from '../../helpers/upstream.ts'

/** What no guard objects to, and what stands before the secret. */
export const CLEAN = 'a quiet afternoon'

type InferenceName = 'chat' | 'completions' | 'embeddings'

/** A place where a guard reads something. */
export interface Cell {
  readonly operation: InferenceName | 'execute_tool'
  readonly isStream: boolean
  readonly stage: GuardStage
}

const STAGES = ['input', 'output'] as const

/** An embedding is no text: there is nothing for a guard to read in it. */
export const CELLS: readonly Cell[] = [
  ...(['chat', 'completions', 'embeddings'] as const).flatMap((operation) =>
    [false, true].flatMap((isStream) =>
      STAGES.filter((stage) => operation !== 'embeddings' || stage === 'input').map((stage) => ({
        operation,
        isStream,
        stage,
      })),
    ),
  ),
  ...STAGES.map((stage) => ({ operation: 'execute_tool', isStream: false, stage }) as const),
]

export function nameOf({ operation, isStream, stage }: Cell): string {
  return `${operation}${isStream ? ', streamed' : ''}, ${stage}`
}

/** What became of one request. */
export interface Sent {
  readonly answer: TestAnswer
  /** What the caller was told, however it came. */
  readonly told: string
  /** What reached the model, or the tool. */
  readonly sent: string
  /** Log lines, usage records, explanations, headers. */
  readonly traces: string
  /** What is given to those who keep what was said. */
  readonly kept: string
  readonly logs: string
  readonly record: UsageRecord | undefined
}

export interface SendParts {
  readonly guard: (address: string) => PluginEntry
  readonly texts: { readonly asked: string; readonly answered: string }
  /** What the guard asks, at the address that it gets, and as the provider `judge`. */
  readonly service?: Handler | undefined
  readonly environment?: Readonly<Record<string, string>> | undefined
}

/** Sends one request through a gateway with the guard, to a model or a tool that answers this. */
export async function send(cell: Cell, parts: SendParts): Promise<Sent> {
  const { operation } = cell
  const { asked, answered } = parts.texts
  await using service = await startUpstream(parts.service ?? (() => json({}, 500)))
  await using upstream = await startUpstream(({ body }) =>
    body.stream && operation !== 'embeddings'
      ? sse(events(operation, answered))
      : json(whole(operation, answered)),
  )
  const calls: unknown[] = []
  const finished: Finished[] = []
  await using gateway = await startGateway({
    plugins: [
      providerAt('up', upstream),
      providerAt('judge', service),
      toolCaller(answered, calls),
      reader(finished),
      parts.guard(service.url),
    ],
    settings: { maxRetries: 0 },
    environment: parts.environment ?? {},
  })
  const explained = { 'x-tapgate-explain': '1' }
  const answer = await gateway.post(PATHS[operation], bodyOf(cell, asked), explained)
  const id = answer.headers.get('x-request-id')
  const explanation = await gateway.get(`/api/requests/${id}/explain`)
  await gateway.stop()
  const purpose = operation === 'execute_tool' ? 'tool' : 'request'
  const own = finished.filter(({ record }) => record.purpose === purpose)
  return {
    answer,
    told: told(answer),
    sent: [...upstream.requests.map(({ bytes }) => bytes), ...calls].join('\n'),
    traces: [
      ...gateway.logs,
      JSON.stringify(gateway.records),
      explanation.text,
      [...answer.headers].join('\n'),
    ].join('\n'),
    kept: own.map((one) => JSON.stringify([one.request, one.answerText()])).join('\n'),
    logs: gateway.logs.join(''),
    record: gateway.records.find((one) => one.purpose === purpose),
  }
}

/** A text that holds the secret. */
export const dirty = (secret: string): string => `${CLEAN} in ${secret} it was`

/** The secret stands where the guard looks. */
export function hiding({ stage }: Cell, secret: string): { asked: string; answered: string } {
  return stage === 'input'
    ? { asked: dirty(secret), answered: CLEAN }
    : { asked: CLEAN, answered: dirty(secret) }
}

/** What reached the other side: the model or the tool at the input, the caller at the output. */
export const leftOf = ({ stage }: Cell, { sent, told }: Sent): string =>
  stage === 'input' ? sent : told

export function wasBlocked({ status, text }: TestAnswer): boolean {
  return status === 446 || text.includes('"code":"guardrail_blocked"')
}

function reader(finished: Finished[]): PluginEntry {
  return definePlugin({
    name: 'reader',
    schema: { type: 'object', additionalProperties: false },
    setup: () => ({ hooks: { postResponse: (one) => void finished.push(one) } }),
  })()
}

/** A plugin with a tool that answers this, in a text and in structured content. */
function toolCaller(answered: string, calls: unknown[]): PluginEntry {
  const result: ToolAnswer = {
    content: [{ type: 'text', text: answered }],
    structuredContent: { said: answered },
  }
  return definePlugin({
    name: 'tool-caller',
    schema: { type: 'object', additionalProperties: false },
    setup: ({ runTool }) => ({
      routes: [
        {
          method: 'POST',
          path: PATHS.execute_tool,
          access: 'write',
          summary: 'Calls the tool.',
          handle: async ({ caller, headers, ...call }) =>
            runTool({
              server: 'house',
              tool: 'say',
              arguments: (await call.json()) as Record<string, unknown>,
              caller: caller!,
              headers,
              timeoutMs: 30_000,
              call: (args) => {
                calls.push(JSON.stringify(args))
                return Promise.resolve(result)
              },
            }),
        },
      ],
    }),
  })()
}

const PATHS = {
  chat: '/v1/chat/completions',
  completions: '/v1/completions',
  embeddings: '/v1/embeddings',
  execute_tool: '/call-tool',
} as const

function bodyOf({ operation, isStream }: Cell, text: string): object {
  const common = { model: 'up/m', ...(isStream ? { stream: true } : {}) }
  switch (operation) {
    case 'execute_tool':
      return { said: text }
    case 'embeddings':
      return { ...common, input: [CLEAN, text] }
    case 'completions':
      return { ...common, prompt: text }
    case 'chat':
      return { ...common, messages: [{ role: 'user', content: text }] }
  }
}

const BASE = { id: 'a1', created: 1, model: 'm' }
const USAGE = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 }

function whole(operation: Cell['operation'], text: string): object {
  if (operation === 'embeddings') {
    const data = [{ object: 'embedding', index: 0, embedding: [0.5] }]
    return { object: 'list', data, model: 'm', usage: { prompt_tokens: 1, total_tokens: 1 } }
  }
  const end = { index: 0, finish_reason: 'stop', logprobs: null }
  if (operation === 'completions') {
    return { ...BASE, object: 'text_completion', choices: [{ ...end, text }], usage: USAGE }
  }
  const message = { role: 'assistant', content: text }
  return { ...BASE, object: 'chat.completion', choices: [{ ...end, message }], usage: USAGE }
}

/** In pieces of three characters. */
function events(operation: Cell['operation'], text: string): string[] {
  const chunk = (choice: object): string => {
    const object = operation === 'chat' ? 'chat.completion.chunk' : 'text_completion'
    const choices = [{ index: 0, logprobs: null, finish_reason: null, ...choice }]
    return `data: ${JSON.stringify({ ...BASE, object, choices })}\n\n`
  }
  const said = (piece: string): object =>
    operation === 'chat' ? { delta: { content: piece } } : { text: piece }
  const pieces = text.match(/.{1,3}/g) ?? []
  return [
    ...pieces.map((piece) => chunk(said(piece))),
    chunk({ ...said(''), finish_reason: 'stop' }),
    DONE,
  ]
}

function told({ text }: TestAnswer): string {
  const pieces = text.split('\n\n').flatMap((frame) => {
    if (!frame.startsWith('data: {')) return []
    const event = JSON.parse(frame.slice(6))
    return [event.choices?.[0]?.delta?.content ?? event.choices?.[0]?.text ?? '']
  })
  return pieces.length > 0 ? pieces.join('') : text
}
