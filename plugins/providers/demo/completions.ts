import { randomUUID } from 'node:crypto'

import type { Call, Local, TextCompletion, TextCompletionRequest, TokenUsage } from '#core'

import { pause } from './pause.ts'
import { speech, wordsOf, type Speech } from './speech.ts'
import { toInputs, type Input } from './text-input.ts'
import { replyTokens, usageOf } from './tokens.ts'

/** A prompt, and what the model says to it. */
interface Spoken {
  readonly input: Input
  readonly said: Speech
}

/** Text completions of the demo's text models: the prompt is what the user says. */
export function createCompletions(slowDelayMs: number): Local<'completions'> {
  const speakAll = (request: TextCompletionRequest, call: Call): readonly Spoken[] =>
    toInputs('prompt', request.prompt).map((input) => ({
      input,
      said: speech({ text: input.text, request }, call, slowDelayMs),
    }))

  return {
    async run(request, call) {
      const spoken = speakAll(request, call)
      await pause(longestDelay(spoken), call.signal)
      return {
        ...head(call),
        choices: textsOf(spoken, request).map(({ text, said }, index) => choice(index, text, said)),
        usage: usage(spoken),
      }
    },
    async *stream(request, call) {
      const spoken = speakAll(request, call)
      const base = head(call)
      await pause(longestDelay(spoken), call.signal)
      for (const [index, { text, said }] of textsOf(spoken, request).entries()) {
        for (const word of wordsOf(text)) {
          yield { ...base, choices: [choice(index, word)] }
          if (said.fault) throw said.fault
          await pause(said.wordDelayMs, call.signal)
        }
        yield { ...base, choices: [choice(index, '', said)] }
      }
      yield { ...base, choices: [], usage: usage(spoken) }
    },
  }
}

/** `n` texts for each prompt, each with its prompt before it where `echo` asks for that. */
function textsOf(
  spoken: readonly Spoken[],
  request: TextCompletionRequest,
): readonly { readonly text: string; readonly said: Speech }[] {
  return spoken.flatMap(({ input, said }) => {
    const text = request['echo'] === true ? input.text + said.reply.text : said.reply.text
    return Array.from({ length: said.limits.count }, () => ({ text, said }))
  })
}

function choice(index: number, text: string, said?: Speech): TextCompletion['choices'][number] {
  return { index, text, logprobs: null, finish_reason: said?.reply.finishReason ?? null }
}

function longestDelay(spoken: readonly Spoken[]): number {
  return Math.max(0, ...spoken.map(({ said }) => said.delayMs))
}

function usage(spoken: readonly Spoken[]): TokenUsage {
  const prompt = spoken.reduce((sum, { input }) => sum + input.tokens, 0)
  const completion = spoken.reduce(
    (sum, { said }) => sum + replyTokens(said.reply, said.limits) * said.limits.count,
    0,
  )
  return usageOf(prompt, completion)
}

function head(call: Call): Pick<TextCompletion, 'id' | 'object' | 'created' | 'model'> {
  return {
    id: `cmpl-${randomUUID()}`,
    object: 'text_completion',
    created: Math.floor(Date.now() / 1000),
    model: call.model,
  }
}
