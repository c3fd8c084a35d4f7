import type { Exchange } from '#core'

type Fields = Readonly<Record<string, unknown>>

/** Other names of the same field of `extra.user`, as LangDB's clients write them. */
const ALIASES: Readonly<Record<string, readonly string[]>> = {
  id: ['id', 'user_id'],
  name: ['name', 'user_name'],
  email: ['email', 'user_email'],
  tiers: ['tiers', 'tags', 'user_tags'],
}
const NO_USER: Fields = {}

/**
 * A field of `extra.user` under any of its names; undefined when it is not said. `tier` is the first
 * of `tiers` (which `tags` and `user_tags` mean too), `id` may also come from OpenAI's `user`.
 */
export function userField(request: Exchange['request'], name: string): unknown {
  const user: Fields = request.extra?.user ?? NO_USER
  if (name === 'tier') return user['tier'] ?? firstOf(userField(request, 'tiers'))
  const aliases = Object.values(ALIASES).find((names) => names.includes(name)) ?? [name]
  const said = aliases.map((alias) => own(user, alias)).find((value) => value !== undefined)
  return said ?? (aliases.includes('id') ? own(request, 'user') : undefined)
}

/** Who is behind the caller, as a text; undefined when the request does not say. */
export function userId(request: Exchange['request']): string | undefined {
  const id = userField(request, 'id')
  if (typeof id === 'number') return String(id)
  return typeof id === 'string' && id !== '' ? id : undefined
}

function firstOf(value: unknown): unknown {
  return Array.isArray(value) ? value[0] : value
}

function own(fields: Fields, name: string): unknown {
  return Object.hasOwn(fields, name) ? (fields[name] ?? undefined) : undefined
}
