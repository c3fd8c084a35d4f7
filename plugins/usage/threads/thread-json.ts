import type { Database } from '#core'

import { gatherMessages } from './gather-messages.ts'
import { textOf } from './message-json.ts'
import { readSayings } from './sayings.ts'
import { changeThread, type ThreadRow } from './thread-table.ts'

const LONGEST_TITLE = 80

/** A thread as LangDB tells it. */
export interface ThreadJson {
  readonly id: string
  readonly created_at: Date
  readonly updated_at: Date
  readonly model_name: string
  readonly project_id: string
  readonly user_id: string
  readonly score: number | null
  readonly title: string
  readonly is_public: boolean
  /** Where it can be read without a key; null when it is not public. */
  readonly public_path: string | null
}

export function toThreadJson(row: ThreadRow): ThreadJson {
  return {
    id: row.id,
    created_at: row.created_at,
    updated_at: row.updated_at,
    model_name: row.model_name ?? '',
    project_id: row.project_id,
    user_id: row.user_id ?? '',
    score: row.score,
    title: row.title ?? 'Untitled',
    is_public: row.is_public,
    public_path: row.is_public ? `/sharing/threads/${encodeURIComponent(row.id)}` : null,
  }
}

/** The thread with the beginning of its first message for a title, where nobody gave it one. */
export async function withTitle(database: Database, row: ThreadRow): Promise<ThreadRow> {
  if (row.title !== null) return row
  const [first] = await readSayings(database, row.id, row.project_id, 1)
  const messages = first ? gatherMessages(row.id, [first]) : []
  const asked = messages.find(({ message }) => message.role === 'user')
  const title = asked && shorten(textOf(asked.message))
  if (!title) return row
  return (await changeThread(database, row, { title })) ?? row
}

/** The first line, or as much of it as a list can show. */
function shorten(text: string): string {
  const [line = ''] = text.trim().split('\n', 1)
  return line.length <= LONGEST_TITLE ? line : `${line.slice(0, LONGEST_TITLE - 1).toWellFormed()}…`
}
