/** How a mocked stream looks: so many events, `[DONE]` among them, so far apart. */
export interface StreamShape {
  readonly events: number
  readonly gapMs: number
}

const plainBodyBytes = 1_024
const identity = {
  id: 'chatcmpl-bench0123456789abcdef',
  created: 1_790_000_000,
  model: 'gpt-5-mini',
}
const usage = {
  prompt_tokens: 160,
  completion_tokens: 100,
  total_tokens: 260,
  prompt_tokens_details: { cached_tokens: 0 },
  completion_tokens_details: { reasoning_tokens: 0 },
}

/** The text every plain answer carries, so that a peer can be checked to have passed on the mock's answer. */
export const plainText: string = fillText()

/** A whole chat completion of 1 KB, head and body. */
export const plainAnswer: Buffer = jsonAnswer(plainCompletion(plainText))

/** The answer to `GET …/models`, which gateways like to ask at start. */
export const modelsAnswer: Buffer = jsonAnswer({
  object: 'list',
  data: [{ id: identity.model, object: 'model', created: identity.created, owned_by: 'openai' }],
})

/** The head of a streamed answer. */
export const streamHead: Buffer = Buffer.from(
  'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ntransfer-encoding: chunked\r\n\r\n',
)

const contentEvent = eventOf({ choices: [choice({ content: ' of words' }, null)], usage: null })
const finishEvent = eventOf({ choices: [choice({}, 'stop')], usage: null })
const usageEvent = eventOf({ choices: [], usage })

/** The bytes of a stream's events, in order: text, the finish reason, the usage, `[DONE]`. */
export function streamEvents(shape: StreamShape): Buffer[] {
  const content = Array<Buffer>(shape.events - 3).fill(asChunk(contentEvent))
  const done = Buffer.concat([asChunk('data: [DONE]\n\n'), Buffer.from('0\r\n\r\n')])
  return [...content, asChunk(finishEvent), asChunk(usageEvent), done]
}

function plainCompletion(content: string): object {
  const message = { role: 'assistant', content, refusal: null }
  const choices = [{ index: 0, message, finish_reason: 'stop' }]
  return { ...identity, object: 'chat.completion', choices, usage }
}

function fillText(): string {
  const emptyBytes = Buffer.byteLength(JSON.stringify(plainCompletion('')))
  return 'An answer of no great depth. '.repeat(40).slice(0, plainBodyBytes - emptyBytes)
}

function choice(delta: object, finishReason: string | null): object {
  return { index: 0, delta, finish_reason: finishReason }
}

function eventOf(fields: object): string {
  return `data: ${JSON.stringify({ ...identity, object: 'chat.completion.chunk', ...fields })}\n\n`
}

function asChunk(text: string): Buffer {
  return Buffer.from(`${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`)
}

function jsonAnswer(body: object): Buffer {
  const text = JSON.stringify(body)
  return Buffer.from(
    `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
  )
}
