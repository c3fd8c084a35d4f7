import { createHash, randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What an authorization server does out of the ordinary; all of it can be changed while it runs. */
export interface OAuthBehaviour {
  /** The person says no. */
  denies?: boolean
  /** What the browser brings back as `iss`; the true issuer when absent, nothing when null. */
  iss?: string | null
  /** How long access tokens last; 3600 when absent. */
  tokenSeconds?: number
  /** Takes no clients that register themselves. */
  refusesRegistration?: boolean
  /** What is different in its metadata. */
  metadata?: Readonly<Record<string, unknown>>
  /** Answers the token endpoint instead of it. */
  token?: (parameters: URLSearchParams) => { status: number; body: unknown } | undefined
  /** Called before each token request is answered. */
  beforeToken?: (parameters: URLSearchParams) => Promise<void> | void
}

/** An authorization server on 127.0.0.1: discovery, registration, consent, tokens, revocation. */
export interface TestOAuthServer extends AsyncDisposable {
  /** Its issuer: `http://127.0.0.1:1234` */
  readonly url: string
  readonly behaviour: OAuthBehaviour
  readonly requests: readonly { readonly path: string; readonly parameters: URLSearchParams }[]
  /** Every secret it has given out: codes, tokens, secrets of clients. */
  readonly secrets: ReadonlySet<string>
  /** The scopes of an access token that is good. */
  scopesOf(accessToken: string): readonly string[] | undefined
  /** Ends all access tokens, not the refresh tokens. */
  expireAccess(): void
  /** Ends everything. */
  forgetAll(): void
  /** Consents as a person in a browser does; the address at which the browser ends up. */
  consent(authorizationUrl: string): Promise<string>
  addClient(id: string, secret?: string): void
  countOf(path: string, grantType?: string): number
}

interface Grant {
  readonly clientId: string
  readonly scope: string
  readonly resource: string | null
  readonly family: string
}

interface Code extends Grant {
  readonly challenge: string
  readonly redirectUri: string
}

/** Starts one on a free port. `await using` stops it. */
export async function startOAuthServer(behaviour: OAuthBehaviour = {}): Promise<TestOAuthServer> {
  const requests: { path: string; parameters: URLSearchParams }[] = []
  const secrets = new Set<string>()
  const clients = new Map<string, { secret: string | undefined; redirectUris?: string[] }>()
  const codes = new Map<string, Code>()
  const access = new Map<string, Grant & { readonly expiresAt: number }>()
  const refresh = new Map<string, Grant>()
  const spent = new Map<string, string>()
  let url = ''

  function make(prefix: string): string {
    const secret = `${prefix}-${randomBytes(18).toString('base64url')}`
    secrets.add(secret)
    return secret
  }

  function issue(grant: Grant): object {
    const seconds = behaviour.tokenSeconds ?? 3600
    const accessToken = make('access')
    const refreshToken = make('refresh')
    access.set(accessToken, { ...grant, expiresAt: Date.now() + seconds * 1000 })
    refresh.set(refreshToken, grant)
    return {
      access_token: accessToken,
      refresh_token: refreshToken,
      token_type: 'Bearer',
      expires_in: seconds,
      scope: grant.scope,
    }
  }

  function endFamily(family: string): void {
    for (const held of [access, refresh]) {
      for (const [token, grant] of held) if (grant.family === family) held.delete(token)
    }
  }

  function authenticate(request: IncomingMessage, given: URLSearchParams): string | undefined {
    const basic = /^Basic (.+)$/.exec(request.headers.authorization ?? '')?.[1]
    const [id, secret] = basic
      ? Buffer.from(basic, 'base64').toString().split(':')
      : [given.get('client_id') ?? '', given.get('client_secret') ?? undefined]
    const client = clients.get(id ?? '')
    return client && client.secret === secret ? id : undefined
  }

  function token(request: IncomingMessage, given: URLSearchParams): [number, object] {
    const clientId = authenticate(request, given)
    if (clientId === undefined) return [401, { error: 'invalid_client' }]
    const refused: [number, object] = [
      400,
      { error: 'invalid_grant', error_description: `No such grant: ${given.toString()}` },
    ]
    switch (given.get('grant_type') ?? '') {
      case 'authorization_code': {
        const code = codes.get(given.get('code') ?? '')
        codes.delete(given.get('code') ?? '')
        const verifier = given.get('code_verifier') ?? ''
        const challenge = createHash('sha256').update(verifier).digest('base64url')
        if (!code || code.clientId !== clientId || code.challenge !== challenge) return refused
        if (code.redirectUri !== given.get('redirect_uri')) return refused
        return [200, issue(code)]
      }
      case 'refresh_token': {
        const used = given.get('refresh_token') ?? ''
        const grant = refresh.get(used)
        if (!grant || grant.clientId !== clientId) {
          // Used twice: it may have been stolen, and all that came of it ends.
          endFamily(spent.get(used) ?? '')
          return refused
        }
        refresh.delete(used)
        spent.set(used, grant.family)
        return [200, issue(grant)]
      }
      case 'client_credentials': {
        const scope = given.get('scope') ?? ''
        const seconds = behaviour.tokenSeconds ?? 3600
        const accessToken = make('access')
        const grant = { clientId, scope, resource: given.get('resource'), family: accessToken }
        access.set(accessToken, { ...grant, expiresAt: Date.now() + seconds * 1000 })
        return [200, { access_token: accessToken, token_type: 'Bearer', expires_in: seconds }]
      }
      default:
        return [400, { error: 'unsupported_grant_type' }]
    }
  }

  function authorize(given: URLSearchParams, response: ServerResponse): void {
    const clientId = given.get('client_id') ?? ''
    const redirectUri = given.get('redirect_uri') ?? ''
    const client = clients.get(clientId)
    const isKnown = client && (client.redirectUris?.includes(redirectUri) ?? true)
    if (!isKnown || given.get('code_challenge_method') !== 'S256') {
      response.writeHead(400).end('Unknown client, or no PKCE.')
      return
    }
    const back = new URL(redirectUri)
    back.searchParams.set('state', given.get('state') ?? '')
    const iss = behaviour.iss === undefined ? url : behaviour.iss
    if (iss !== null) back.searchParams.set('iss', iss)
    if (behaviour.denies) {
      back.searchParams.set('error', 'access_denied')
      back.searchParams.set('error_description', '<script>alert(1)</script>')
    } else {
      const code = make('code')
      codes.set(code, {
        clientId,
        scope: given.get('scope') ?? '',
        resource: given.get('resource'),
        family: code,
        challenge: given.get('code_challenge') ?? '',
        redirectUri,
      })
      back.searchParams.set('code', code)
    }
    response.writeHead(302, { location: back.href }).end()
  }

  function register(text: string): [number, object] {
    if (behaviour.refusesRegistration) return [403, { error: 'access_denied' }]
    const metadata = JSON.parse(text)
    const id = `client-${randomBytes(6).toString('hex')}`
    const secret = make('secret')
    clients.set(id, { secret, redirectUris: metadata.redirect_uris })
    return [201, { ...metadata, client_id: id, client_secret: secret }]
  }

  const metadata = (): object => ({
    issuer: url,
    authorization_endpoint: `${url}/authorize`,
    token_endpoint: `${url}/token`,
    registration_endpoint: `${url}/register`,
    revocation_endpoint: `${url}/revoke`,
    response_types_supported: ['code'],
    grant_types_supported: ['authorization_code', 'refresh_token', 'client_credentials'],
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'none'],
    authorization_response_iss_parameter_supported: true,
    ...behaviour.metadata,
  })

  const server = createServer((request, response) => {
    void serve(request, response).catch((error: unknown) => {
      response.writeHead(599).end(String(error))
    })
  })

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname: path, searchParams } = new URL(request.url ?? '', url)
    const text = await readText(request)
    const parameters = request.method === 'POST' ? new URLSearchParams(text) : searchParams
    requests.push({ path, parameters })
    const answer = ([status, body]: readonly [number, unknown]): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    }
    if (path === '/.well-known/oauth-authorization-server') return answer([200, metadata()])
    if (path === '/authorize') return authorize(parameters, response)
    if (path === '/register') return answer(register(text))
    if (path === '/token') {
      await behaviour.beforeToken?.(parameters)
      const other = behaviour.token?.(parameters)
      return answer(other ? [other.status, other.body] : token(request, parameters))
    }
    if (path === '/revoke') {
      const revoked = parameters.get('token') ?? ''
      const family = (refresh.get(revoked) ?? access.get(revoked))?.family
      if (family !== undefined) endFamily(family)
      return answer([200, {}])
    }
    answer([404, { error: 'not_found' }])
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  return {
    url,
    behaviour,
    requests,
    secrets,
    scopesOf(accessToken) {
      const grant = access.get(accessToken)
      return grant && grant.expiresAt > Date.now()
        ? grant.scope.split(' ').filter((scope) => scope !== '')
        : undefined
    },
    expireAccess: () => access.clear(),
    forgetAll() {
      access.clear()
      refresh.clear()
      codes.clear()
    },
    async consent(authorizationUrl) {
      const answer = await fetch(authorizationUrl, { redirect: 'manual' })
      const location = answer.headers.get('location')
      if (location === null) throw new Error(`No consent: ${await answer.text()}`)
      return location
    },
    addClient: (id, secret) => void clients.set(id, { secret }),
    countOf: (path, grantType) =>
      requests.filter(
        (one) =>
          one.path === path &&
          (grantType === undefined || one.parameters.get('grant_type') === grantType),
      ).length,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

/** What a protected MCP server demands. */
export interface Protection {
  /** Needed for every request. */
  readonly scope?: string
  /** Needed for calls of tools besides that. */
  readonly callScope?: string
  /** What is different in its metadata. */
  readonly metadata?: Readonly<Record<string, unknown>>
}

/**
 * For `intercept` of `startMcpServer`: serves the metadata of a protected resource (RFC 9728), and
 * lets nobody in without a token of the authorization server.
 */
export function protectedBy(
  authorizer: () => TestOAuthServer,
  protection: Protection = {},
): (request: IncomingMessage, response: ServerResponse, body: any) => boolean {
  return (request, response, body) => {
    const origin = `http://${request.headers.host}`
    const metadataUrl = `${origin}/.well-known/oauth-protected-resource/mcp`
    if (request.url?.startsWith('/.well-known/')) {
      const isOurs = request.url === '/.well-known/oauth-protected-resource/mcp'
      const metadata = {
        resource: `${origin}/mcp`,
        authorization_servers: [authorizer().url],
        ...protection.metadata,
      }
      response.writeHead(isOurs ? 200 : 404, { 'content-type': 'application/json' })
      response.end(JSON.stringify(isOurs ? metadata : {}))
      return true
    }
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1]
    const granted = token === undefined ? undefined : authorizer().scopesOf(token)
    const challenge = (more: string): string => `Bearer resource_metadata="${metadataUrl}"${more}`
    const { scope, callScope } = protection
    if (!granted) {
      const header = challenge(scope === undefined ? '' : `, scope="${scope}"`)
      response.writeHead(401, { 'www-authenticate': header }).end()
      return true
    }
    const needed = body?.method === 'tools/call' ? callScope : undefined
    if (needed !== undefined && !granted.includes(needed)) {
      const header = challenge(`, error="insufficient_scope", scope="${needed}"`)
      response.writeHead(403, { 'www-authenticate': header }).end()
      return true
    }
    return false
  }
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}
