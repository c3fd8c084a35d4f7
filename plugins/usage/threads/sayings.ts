import type { ChatMessage, Database } from '#core'

import type { Saying } from './gather-messages.ts'

/** Exchanges of one thread that are read, the first so many. */
const MOST = 1000

interface Row {
  readonly created_at: Date
  readonly duration_ms: number
  readonly model: string | null
  readonly user_id: string | null
  readonly request: unknown
  readonly answer: unknown
}

/** What was said in a thread, exchange by exchange, as far as it is kept. */
export async function readSayings(
  database: Database,
  id: string,
  projectId: string,
  limit = MOST,
): Promise<readonly Saying[]> {
  const rows = await database.query<Row>(
    `select requests.created_at, requests.duration_ms, requests.model, requests.user_id,
       bodies.request, bodies.answer
     from requests join bodies using (request_id, created_at)
     where requests.thread_id = $1 and requests.project_id = $2 and requests.purpose = 'request'
     order by requests.created_at, requests.request_id limit $3`,
    [id, projectId, limit],
  )
  return rows.map((row) => ({
    at: row.created_at,
    answeredAt: new Date(row.created_at.getTime() + Math.round(row.duration_ms)),
    model: row.model,
    userId: row.user_id,
    messages: messagesOf(row.request),
    answers: answersOf(row.answer),
  }))
}

/** What is kept was checked when it came, but may have been cut off: then it is a text. */
function messagesOf(request: unknown): readonly ChatMessage[] {
  const { messages, prompt } = (request ?? {}) as { messages?: unknown; prompt?: unknown }
  if (Array.isArray(messages)) return messages as ChatMessage[]
  return typeof prompt === 'string' ? [{ role: 'user', content: prompt }] : []
}

function answersOf(answer: unknown): readonly ChatMessage[] {
  const { choices } = (answer ?? {}) as { choices?: unknown }
  const [choice] = Array.isArray(choices)
    ? (choices as { message?: unknown; text?: unknown }[])
    : []
  if (typeof choice?.text === 'string') return [{ role: 'assistant', content: choice.text }]
  return choice?.message ? [choice.message as ChatMessage] : []
}
