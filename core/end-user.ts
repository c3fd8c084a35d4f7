import type { AnyRequest } from './provider.ts'

/** Who is behind the caller, as far as the request says. */
export interface EndUser {
  readonly id: string | null
  readonly name: string | null
  /** `tags`, `tiers` and `user_tags` are one list. */
  readonly tags: readonly string[] | null
}

const NOBODY: EndUser = { id: null, name: null, tags: null }
const LONGEST = 256
const MOST_TAGS = 50

/** Reads `extra.user` under all of LangDB's names, or OpenAI's `user`. */
export function endUserOf(request: AnyRequest | undefined): EndUser {
  const user: Readonly<Record<string, unknown>> | null | undefined = request?.extra?.user
  if (!user) return { ...NOBODY, id: textOf(request?.['user']) }
  const tags = user['tags'] ?? user['tiers'] ?? user['user_tags']
  return {
    id: textOf(user['id'] ?? user['user_id'] ?? request?.['user']),
    name: textOf(user['name'] ?? user['user_name']),
    tags: Array.isArray(tags)
      ? tags.slice(0, MOST_TAGS).flatMap((tag: unknown) => textOf(tag) ?? [])
      : null,
  }
}

function textOf(value: unknown): string | null {
  if (typeof value === 'number') return String(value)
  return typeof value === 'string' && value !== '' ? value.slice(0, LONGEST) : null
}
