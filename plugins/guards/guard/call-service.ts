import type { GuardHttp, Problem } from '#core'

import { GuardFault } from './guard-fault.ts'

/** A question to a service that judges texts. */
export interface ServiceCall {
  /** As faults name it: `lakera`. */
  readonly service: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** The JSON as it is sent, which some services sign. */
  readonly body: string
  readonly signal: AbortSignal
  /** What is wrong with an answer: nothing when it has the shape that the caller reads. */
  readonly check: (answer: unknown) => readonly Problem[]
}

/**
 * Posts JSON to a service and reads its answer. Throws a GuardFault that names the service and what
 * went wrong (`lakera_unreachable`, `lakera_401`, `lakera_not_understood`), and nothing of what was
 * sent or answered. A redirect is not followed: it counts as an answer that was not wanted.
 */
export async function callService<Answer>(http: GuardHttp, call: ServiceCall): Promise<Answer> {
  const { service, url, body, signal, check } = call
  const headers = { 'content-type': 'application/json', ...call.headers }
  const { status, text } = await send()
  if (status < 200 || status > 299) throw new GuardFault(`${service}_${status}`)
  const answer = parse(text)
  if (check(answer).length > 0) throw new GuardFault(`${service}_not_understood`)
  return answer as Answer

  async function send(): ReturnType<GuardHttp> {
    try {
      return await http({ url, method: 'POST', headers, body, signal })
    } catch {
      throw new GuardFault(`${service}_unreachable`)
    }
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
