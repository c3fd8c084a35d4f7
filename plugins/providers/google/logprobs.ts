import { isObject, objectsIn, textIn, type JsonObject } from './json.ts'

/** One token with its logarithmic probability, as OpenAI writes it. */
interface TokenLogprob {
  readonly token: string
  readonly logprob: number
  readonly bytes: readonly number[]
}

/** OpenAI's logprobs from Gemini's `logprobsResult`; undefined when there is none. */
export function toLogprobs(result: unknown): object | undefined {
  if (!isObject(result)) return undefined
  const others = objectsIn(result['topCandidates'])
  const content = objectsIn(result['chosenCandidates']).map((chosen, index) => ({
    ...toTokenLogprob(chosen),
    top_logprobs: objectsIn(others[index]?.['candidates']).map(toTokenLogprob),
  }))
  return { content, refusal: null }
}

function toTokenLogprob(candidate: JsonObject): TokenLogprob {
  const token = textIn(candidate['token']) ?? ''
  const logprob = candidate['logProbability']
  return {
    token,
    logprob: typeof logprob === 'number' ? logprob : 0,
    bytes: [...Buffer.from(token)],
  }
}
