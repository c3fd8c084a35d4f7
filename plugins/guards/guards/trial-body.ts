import { createBodyCheck, requestProblem } from '#core'

const check = createBodyCheck({
  type: 'object',
  additionalProperties: false,
  properties: {
    text: { type: 'string' },
    messages: { type: 'array', items: { type: 'object' }, minItems: 1 },
    stage: { enum: ['input', 'output'] },
    parameters: { type: 'object' },
  },
})

/** What a guard is to be tried on. */
export interface GuardSample {
  /** A chat request as a client would send it. */
  readonly request: object
  /** The answer, when an answer is to be judged. */
  readonly answer: object | undefined
  readonly parameters: Readonly<Record<string, unknown>> | undefined
}

/**
 * What `POST /api/guards/{id}/test` takes: a `text`, or the `messages` of a chat, and `parameters`
 * over the guard's own. At the stage `output` the text, or the last message, is an answer. Throws 400.
 */
export function readTrialBody(body: unknown, defaultStage: 'input' | 'output'): GuardSample {
  check(body)
  const { text, messages, stage, parameters } = body as {
    readonly text?: string
    readonly messages?: readonly object[]
    readonly stage?: 'input' | 'output'
    readonly parameters?: Readonly<Record<string, unknown>>
  }
  if ((text === undefined) === (messages === undefined)) {
    throw requestProblem('text', 'or "messages" is required, one of the two', 'missing')
  }
  const said = messages ?? [{ role: 'user', content: text }]
  const request = { model: 'trial', messages: said }
  if ((stage ?? defaultStage) === 'input') return { request, answer: undefined, parameters }
  const message = messages?.at(-1) ?? { content: text }
  const choice = { index: 0, message: { role: 'assistant', ...message }, finish_reason: 'stop' }
  return { request, answer: { object: 'chat.completion', choices: [choice] }, parameters }
}
