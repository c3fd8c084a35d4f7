import { GatewayError, type ChatRequest } from '../../../../core/index.ts'
import { lossesOf } from '../../../../plugins/providers/google/degraded.ts'
import { toGenerateContentRequest } from '../../../../plugins/providers/google/request.ts'

const hello = [{ role: 'user', content: 'Hello.' }]

/** A request to the newest model, with the given fields. */
export function request(fields: object): ChatRequest {
  return { model: 'gemini-3.8-flash', messages: hello, ...fields } as ChatRequest
}

/** What goes to Google, as JSON says it. */
export function body(fields: object): any {
  const asked = request(fields)
  return JSON.parse(JSON.stringify(toGenerateContentRequest(asked, asked.model)))
}

/** What is named as left out or done otherwise. */
export function losses(fields: object): readonly string[] {
  const asked = request(fields)
  return lossesOf(asked, asked.model)
}

/** The error with which a request is refused. */
export function refusal(fields: object): GatewayError {
  try {
    body(fields)
  } catch (error) {
    if (error instanceof GatewayError) return error
    throw error
  }
  throw new Error('The request was not refused.')
}
