import type { OAuthClientMetadata } from '@modelcontextprotocol/client'

export const CALLBACK_PATH = '/mcp/oauth/callback'
export const METADATA_PATH = '/mcp/oauth/client-metadata.json'

/** How the gateway describes itself to an authorization server (RFC 7591). */
export function clientMetadata(redirectUrl: string, scope?: string): OAuthClientMetadata {
  return {
    client_name: 'Tapgate',
    redirect_uris: [redirectUrl],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    ...(scope === undefined ? {} : { scope }),
  }
}

/**
 * The same as a document, whose address is the client's id for authorization servers that read it.
 *
 * @see https://datatracker.ietf.org/doc/draft-ietf-oauth-client-id-metadata-document/
 */
export function metadataDocument(publicUrl: string): object {
  return {
    client_id: publicUrl + METADATA_PATH,
    token_endpoint_auth_method: 'none',
    ...clientMetadata(publicUrl + CALLBACK_PATH),
  }
}

/** Where that document is; undefined where nobody would read it, for it has to be `https`. */
export function ownMetadataUrl(publicUrl: string): string | undefined {
  return publicUrl.startsWith('https:') ? publicUrl + METADATA_PATH : undefined
}
