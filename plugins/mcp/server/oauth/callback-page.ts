import type { ServerResponse } from 'node:http'

import type { Ended } from './authorizations.ts'

const TITLES: { readonly [Outcome in Ended['outcome']]: readonly [status: number, text: string] } =
  {
    authorized: [200, 'Authorized'],
    denied: [403, 'Not authorized'],
    refused: [502, 'Not authorized'],
    'wrong-issuer': [400, 'Not authorized'],
    failed: [502, 'Not authorized'],
    expired: [410, 'Too late'],
    unknown: [400, 'Nothing to authorize'],
  }

const NOTHING_TO_DO = 'Begin again from the gateway. This page can be closed.'

/**
 * Shows a person how an authorization ended. Nothing that the browser brought is repeated: names of
 * servers and owners are the gateway's own, and escaped all the same.
 */
export function sendCallbackPage(response: ServerResponse, ended: Ended): void {
  const [status, title] = TITLES[ended.outcome]
  const body = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title} - Tapgate</title>
<h1>${title}</h1>
<p>${sentence(ended)}
</html>
`
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'content-security-policy':
      "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  })
  response.end(body)
}

function sentence(ended: Ended): string {
  if (!('server' in ended)) {
    return ended.outcome === 'expired'
      ? `The authorization took too long. ${NOTHING_TO_DO}`
      : `This link was used before, or was never given out. ${NOTHING_TO_DO}`
  }
  const server = `The MCP server &quot;${escape(ended.server)}&quot;`
  switch (ended.outcome) {
    case 'authorized':
      return `${server} may now be used by ${ownerName(ended.owner)}. This page can be closed.`
    case 'denied':
      return `${server} stays out of reach, for consent was not given. This page can be closed.`
    case 'wrong-issuer':
      return `${server} was not authorized: somebody else answered than the authorization server that was asked. This page can be closed.`
    case 'refused':
    case 'failed':
      return `${server} was not authorized: its authorization server refused. ${NOTHING_TO_DO}`
  }
}

function ownerName(owner: string): string {
  if (owner === 'shared') return 'all callers of the gateway who may see it'
  if (owner === 'anybody') return 'callers of this gateway'
  return `the key with the id ${escape(owner.slice('key:'.length))}`
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`)
}
