import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

import { ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server'

const key = randomBytes(32)

/** A state that a client can carry and not change. */
export function sealState(state: string): string {
  return `${Buffer.from(state).toString('base64url')}.${signature(state)}`
}

/** The state in it. Throws -32602 when somebody changed it. */
export function readState(sealed: unknown): string {
  const [body = '', given = ''] = String(sealed).split('.')
  const state = Buffer.from(body, 'base64url').toString()
  const [own, other] = [Buffer.from(signature(state)), Buffer.from(given)]
  if (own.length === other.length && timingSafeEqual(own, other)) return state
  throw new ProtocolError(ProtocolErrorCode.InvalidParams, 'Invalid or expired requestState')
}

function signature(state: string): string {
  return createHmac('sha256', key).update(state).digest('base64url')
}
