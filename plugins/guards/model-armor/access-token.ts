import { createSign } from 'node:crypto'
import { readFile } from 'node:fs/promises'

import { createCheck, type GuardHttp } from '#core'

/** How the operator proves who asks: with a token, or the key file of a service account. */
export interface GoogleCredentials {
  readonly token: string | undefined
  readonly keyFile: string | undefined
}

interface ServiceAccount {
  readonly client_email: string
  readonly private_key: string
  readonly token_uri: string
}

interface Granted {
  readonly access_token: string
  /** Seconds. */
  readonly expires_in: number
}

const text = { type: 'string', minLength: 1 }
const checkAccount = createCheck({
  type: 'object',
  required: ['client_email', 'private_key', 'token_uri'],
  properties: { client_email: text, private_key: text, token_uri: text },
})
const checkGranted = createCheck({
  type: 'object',
  required: ['access_token', 'expires_in'],
  properties: { access_token: text, expires_in: { type: 'number' } },
})

const SCOPE = 'https://www.googleapis.com/auth/cloud-platform'
const LIFETIME_SECONDS = 3600
/** A token is not used in its last minute. */
const MARGIN_MS = 60_000
const GRANT_LIMIT_MS = 10_000

interface Known {
  readonly token: Promise<string | undefined>
  /** Epoch milliseconds; of a token that is still being asked for, never. */
  until: number
}

const known = new WeakMap<GoogleCredentials, Known>()

/**
 * A token for Google's APIs, kept until shortly before it expires. Undefined when there is none to
 * be had. https://developers.google.com/identity/protocols/oauth2/service-account#httprest
 */
export function accessToken(
  credentials: GoogleCredentials,
  http: GuardHttp,
): Promise<string | undefined> {
  const { token, keyFile } = credentials
  if (token) return Promise.resolve(token)
  const before = known.get(credentials)
  if (before && Date.now() < before.until) return before.token
  const granted = grant(keyFile ?? '', http).catch(() => undefined)
  const entry: Known = { token: granted.then((one) => one?.access_token), until: Infinity }
  known.set(credentials, entry)
  void granted.then((one) => {
    entry.until = one ? Date.now() + one.expires_in * 1000 - MARGIN_MS : 0
  })
  return entry.token
}

/** Several exchanges wait for one token, so no exchange's signal ends the question. */
async function grant(keyFile: string, http: GuardHttp): Promise<Granted | undefined> {
  const account: unknown = JSON.parse(await readFile(keyFile, 'utf8'))
  if (checkAccount(account).length > 0) return undefined
  const { token_uri: url } = account as ServiceAccount
  const answer = await http({
    url,
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      assertion: signAssertion(account as ServiceAccount),
    }).toString(),
    signal: AbortSignal.timeout(GRANT_LIMIT_MS),
  })
  if (answer.status !== 200) return undefined
  const granted: unknown = JSON.parse(answer.text)
  return checkGranted(granted).length > 0 ? undefined : (granted as Granted)
}

function signAssertion({
  client_email: iss,
  private_key: key,
  token_uri: aud,
}: ServiceAccount): string {
  const iat = Math.floor(Date.now() / 1000)
  const claims = { iss, aud, scope: SCOPE, iat, exp: iat + LIFETIME_SECONDS }
  const unsigned = [{ alg: 'RS256', typ: 'JWT' }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')
  return `${unsigned}.${createSign('RSA-SHA256').update(unsigned).sign(key, 'base64url')}`
}
