import { GatewayError, type RouteCall } from '#core'

const LOOPBACK = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::(\d{1,5}))?$/

/** The `Host` of a request, where it is the address of this gateway and not of another program. */
export function ownHost({
  headers,
  localPort,
}: Pick<RouteCall, 'headers' | 'localPort'>): string | undefined {
  const [host, port = '80'] = LOOPBACK.exec(headers.host ?? '') ?? []
  return Number(port) === localPort ? host : undefined
}

/**
 * The address at which browsers reach the gateway: the configured one, or that of a request that
 * came by the loopback. Any other `Host` could be anybody's. Throws `public_url_unknown`.
 */
export function publicUrlOf(configured: string | undefined, host: string | undefined): string {
  if (configured !== undefined) return configured
  if (host !== undefined && LOOPBACK.test(host)) return `http://${host}`
  throw new GatewayError(
    'public_url_unknown',
    'The gateway does not know its own address: set PUBLIC_URL, such as "https://gateway.example.com".',
    { shouldRetry: false },
  )
}

/** An address without the slash at its end; undefined for what is no address of a website. */
export function readPublicUrl(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined
  const { protocol, username, search, hash, href } = new URL(text)
  const isPlain = username === '' && search === '' && hash === ''
  return /^https?:$/.test(protocol) && isPlain ? href.replace(/\/+$/, '') : undefined
}
