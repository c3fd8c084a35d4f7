import { createHash, createHmac } from 'node:crypto'

export interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** Of temporary credentials. */
  readonly sessionToken?: string | undefined
}

export interface Signing {
  readonly credentials: Credentials
  readonly region: string
  /** As the credential scope names it: `bedrock`. */
  readonly service: string
  readonly at: Date
}

/**
 * The headers that sign a request to AWS, beside `host`.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function signRequest(
  { method, url, body }: { readonly method: string; readonly url: string; readonly body: string },
  { credentials, region, service, at }: Signing,
): Readonly<Record<string, string>> {
  const { accessKeyId, secretAccessKey, sessionToken } = credentials
  const { host, pathname, searchParams } = new URL(url)
  const time = at.toISOString().replaceAll(/[-:]|\.\d{3}/g, '')
  const day = time.slice(0, 8)
  const headers: Record<string, string> = { host, 'x-amz-date': time }
  if (sessionToken) headers['x-amz-security-token'] = sessionToken
  const names = Object.keys(headers).join(';')
  const canonical = [
    method,
    pathname.split('/').map(encode).join('/'),
    toQuery(searchParams),
    ...Object.entries(headers).map(([name, value]) => `${name}:${value}`),
    '',
    names,
    sha256(body),
  ].join('\n')
  const scope = `${day}/${region}/${service}/aws4_request`
  const toSign = ['AWS4-HMAC-SHA256', time, scope, sha256(canonical)].join('\n')
  const key = [day, region, service, 'aws4_request'].reduce<string | Buffer>(
    (secret, part) => hmac(secret, part),
    `AWS4${secretAccessKey}`,
  )
  const signature = hmac(key, toSign).toString('hex')
  const { host: _sentAnyway, ...sent } = headers
  const credential = `Credential=${accessKeyId}/${scope}`
  return {
    ...sent,
    authorization: `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=${names}, Signature=${signature}`,
  }
}

function toQuery(parameters: URLSearchParams): string {
  return [...parameters]
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .toSorted()
    .join('&')
}

/** All but letters, digits and `-._~`: also the `%` of a path, which AWS wants encoded twice. */
function encode(text: string): string {
  const isLeft = /[!'()*]/g
  return encodeURIComponent(text).replaceAll(
    isLeft,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}
