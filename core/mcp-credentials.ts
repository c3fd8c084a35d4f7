import type { AuthProvider } from '@modelcontextprotocol/client'

import type { Caller } from './caller.ts'
import type { GatewayError } from './errors.ts'
import type { MaybePromise } from './maybe-promise.ts'

/** How a server over HTTP has its clients prove who they are, beyond the headers of its definition. */
export type McpAuth = { readonly type: 'none' } | McpOAuth | McpClientCredentials

/** A person consents in a browser: authorization code with PKCE. */
export interface McpOAuth {
  readonly type: 'oauth'
  /** Divided by spaces. What the server asks for is added. */
  readonly scope?: string
  /** Of a client that was registered by hand. Without one the gateway registers itself. */
  readonly clientId?: string
  readonly clientSecret?: string
  /** Where the client describes itself (`https`), for authorization servers that read that. */
  readonly clientMetadataUrl?: string
  /** The only authorization server that may be sent the client's secret, as its `issuer` has it. */
  readonly expectedIssuer?: string
  /** One consent for all callers, which an admin gives; otherwise each caller gives its own. */
  readonly shared?: boolean
}

/** The gateway proves itself, and no person is asked. */
export interface McpClientCredentials {
  readonly type: 'client_credentials'
  readonly clientId: string
  /** This, or `privateKey`. */
  readonly clientSecret?: string
  /** PKCS #8 as PEM, for `private_key_jwt`. */
  readonly privateKey?: string
  readonly scope?: string
  /** The only authorization server that may be sent the credentials, as its `issuer` has it. */
  readonly expectedIssuer?: string
}

/** A server that asks for authorization, as its definition has it. */
export interface McpProtectedServer {
  readonly name: string
  readonly url: string
  readonly auth: McpAuth
  /** Null: every project may use it. */
  readonly projectId: string | null
}

/** Fills the service `mcpCredentials`: what a transport over HTTP shows to a server. */
export interface McpCredentials {
  /**
   * For the `authProvider` of a transport; undefined when the server asks for nothing. `user` is who
   * the caller says it speaks for: each has an authorization of its own.
   */
  authProvider(
    server: McpProtectedServer,
    caller: Caller,
    user?: string,
  ): MaybePromise<McpAuthProvider | undefined>
  /**
   * Begins to authorize: the address at which a person consents, in a browser. Throws a GatewayError:
   * `mcp_authorization_failed` when the server can not be asked, `insufficient_scope` when the
   * authorization is shared and the caller is no admin.
   */
  authorize(
    server: McpProtectedServer,
    caller: Caller,
    options: McpAuthorizeOptions,
  ): Promise<McpAuthorizationStart>
}

export interface McpAuthorizeOptions {
  readonly user?: string
  /** Further scopes to ask for, divided by spaces. */
  readonly scope?: string
  /** The `Host` of the request: where the gateway is when no public address is configured. */
  readonly host?: string | undefined
}

export interface McpAuthorizationStart {
  readonly authorizationUrl: string
  readonly expiresAt: Date
}

/**
 * Sends the tokens of one owner. When a server refuses them for good, requests throw a GatewayError
 * `mcp_authorization_required`, whose details say where to authorize.
 */
export interface McpAuthProvider extends AuthProvider {
  /** Links may be shared between peers whose owner is the same. */
  readonly owner: string
  /**
   * What a fault of the transport means, when it is about authorization: the SDK throws errors of its
   * own for missing scopes (403) and for tokens that are refused twice. Undefined for other faults.
   */
  explain(fault: unknown): Promise<GatewayError | undefined>
}
