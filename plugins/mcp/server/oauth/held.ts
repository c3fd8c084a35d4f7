import type { StoredOAuthClientInformation } from '@modelcontextprotocol/client'

/** What is kept for an account, by kind. */
export interface HeldValues {
  readonly tokens: HeldTokens
  readonly client: Registration
  readonly challenge: Challenge
}

export interface HeldTokens {
  readonly accessToken: string
  readonly refreshToken?: string
  /** What was granted, divided by spaces. */
  readonly scope?: string
  /** Epoch milliseconds; absent when the authorization server did not say. */
  readonly expiresAt?: number
  /** Epoch milliseconds. */
  readonly obtainedAt: number
  /** Who issued them: no other authorization server is sent the refresh token. */
  readonly issuer: string
  /** The client that they were issued to. */
  readonly client: StoredOAuthClientInformation
  /** The resource indicator that they were asked for with (RFC 8707). */
  readonly resource?: string
}

/** How an authorization server knows the gateway. */
export interface Registration {
  readonly client: StoredOAuthClientInformation
  /** It is good for this address of the gateway only. */
  readonly redirectUrl: string
}

/** What a server asked for when it last refused a request. */
export interface Challenge {
  readonly scope?: string
  readonly resourceMetadataUrl?: string
}
