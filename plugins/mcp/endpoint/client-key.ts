import type { Caller } from '#core'

/** Who a session or a running call belongs to: the same key of the same project, and nobody else. */
export function clientKey({ projectId, keyId }: Caller): string {
  return `${projectId}/${keyId ?? ''}`
}
