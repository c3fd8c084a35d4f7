import { type McpAuth, SetupError } from '#core'

/** The field `auth` of a server's definition, in the config file and over the API. */
export const authSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['type'],
  properties: {
    type: {
      enum: ['none', 'oauth', 'client_credentials'],
      description: 'oauth: a person consents in a browser. client_credentials: nobody is asked.',
    },
    scope: { type: 'string', description: 'What to ask for, divided by spaces.' },
    clientId: {
      type: 'string',
      minLength: 1,
      description: 'Of a client registered by hand; with oauth the gateway can register itself.',
    },
    clientSecret: { type: 'string', minLength: 1, description: 'In the config file, use env().' },
    privateKey: {
      type: 'string',
      minLength: 1,
      description: 'PKCS #8 as PEM, instead of a secret, for client_credentials.',
    },
    clientMetadataUrl: {
      type: 'string',
      pattern: '^https://[^/]+/.+',
      description:
        'A document that describes the client, for oauth. Default: the one of the gateway.',
    },
    expectedIssuer: {
      type: 'string',
      format: 'uri',
      description: 'The only authorization server that may be sent the credentials.',
    },
    shared: {
      type: 'boolean',
      description: 'One consent, which an admin gives, for all callers; for oauth.',
    },
  },
  description: 'How the server has its clients prove who they are.',
} as const

const FIELDS: { readonly [Type in McpAuth['type']]: readonly string[] } = {
  none: [],
  oauth: ['scope', 'clientId', 'clientSecret', 'clientMetadataUrl', 'expectedIssuer', 'shared'],
  client_credentials: ['scope', 'clientId', 'clientSecret', 'privateKey', 'expectedIssuer'],
}

/** The `auth` of a config file, which fits `authSchema`. Throws a SetupError for fields that do not go together. */
export function readAuth(server: string, given: object | undefined): McpAuth | undefined {
  if (given === undefined) return undefined
  const auth = given as McpAuth
  const problem = authProblem(auth)
  if (problem === undefined) return auth
  const message = `The "auth" of the MCP server "${server}" is not right: ${problem}.`
  const hint = 'authorization.md, beside the plugins for MCP, tells what "auth" can be.'
  throw new SetupError('mcp_auth_invalid', message, hint)
}

function authProblem(auth: McpAuth): string | undefined {
  const stranger = Object.keys(auth).find(
    (field) => field !== 'type' && !FIELDS[auth.type].includes(field),
  )
  if (stranger !== undefined) return `"${stranger}" is not for the type "${auth.type}"`
  if (auth.type === 'none') return undefined
  const { clientId, clientSecret } = auth
  const needsId = auth.type === 'client_credentials' || clientSecret !== undefined
  if (needsId && clientId === undefined) return '"clientId" is missing'
  if (auth.type === 'oauth') return undefined
  return (clientSecret === undefined) === (auth.privateKey === undefined)
    ? 'it takes either "clientSecret" or "privateKey"'
    : undefined
}
