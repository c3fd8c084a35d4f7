import type { IncomingMessage } from 'node:http'

/** `/` and a UUID, then the rest of the path. */
const PREFIX = /^\/([\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12})(\/.*)$/i
const UUID_LENGTH = 36

/**
 * Reads `/{project_id}/v1/…` as `/v1/…` with the header `X-Project-Id`: clients that take nothing but
 * a base URL name their project there, as LangDB's do. The path wins over the header.
 */
export function takeProjectPrefix(request: IncomingMessage): void {
  const { url } = request
  if (url?.[UUID_LENGTH + 1] !== '/') return
  const [, project, rest] = PREFIX.exec(url) ?? []
  if (project === undefined || rest === undefined) return
  request.url = rest
  request.headers['x-project-id'] = project
}
