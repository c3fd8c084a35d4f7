const text = (maxLength: number): object => ({ type: 'string', minLength: 1, maxLength })
const texts = { type: 'object', additionalProperties: { type: 'string', maxLength: 16_384 } }
const count = (minimum: number, maximum: number): object => ({ type: 'integer', minimum, maximum })
/** Names of tools; each `*` more makes finding out whether a long name fits much slower. */
const patterns = {
  type: 'array',
  maxItems: 500,
  items: { ...text(256), pattern: '^[^*]*(\\*[^*]*){0,2}$' },
}

const toolPolicy = {
  timeout_ms: count(1, 3_600_000),
  concurrency: count(1, 10_000),
  cost_per_call: { type: 'string', pattern: '^\\d{1,9}(\\.\\d{1,12})?$' },
}

const policy = {
  type: 'object',
  additionalProperties: false,
  properties: {
    ...toolPolicy,
    allow: patterns,
    deny: patterns,
    rename: { type: 'object', additionalProperties: text(128) },
    descriptions: { type: 'object', additionalProperties: text(10_000) },
    max_queue: count(0, 100_000),
    max_result_bytes: count(1, 16 * 1024 * 1024),
    connect_timeout_ms: count(1, 600_000),
    idle_timeout_ms: count(1000, 86_400_000),
    cache: {
      type: 'object',
      additionalProperties: false,
      required: ['ttl_ms'],
      properties: { ttl_ms: count(1, 86_400_000) },
    },
    tools: {
      type: 'object',
      additionalProperties: {
        type: 'object',
        additionalProperties: false,
        properties: toolPolicy,
      },
    },
  },
}

const auth = {
  type: 'object',
  additionalProperties: false,
  required: ['type'],
  properties: {
    type: { enum: ['none', 'oauth', 'client_credentials'] },
    scope: text(2000),
    client_id: text(2000),
    client_secret: text(10_000),
    private_key: text(20_000),
    client_metadata_url: { ...text(2000), pattern: '^https://' },
    expected_issuer: { ...text(2000), pattern: '^https?://' },
    shared: { type: 'boolean' },
  },
}

const variables = {
  type: 'object',
  maxProperties: 100,
  propertyNames: { pattern: '^[A-Za-z_]\\w{0,99}$' },
  additionalProperties: {
    type: 'object',
    additionalProperties: false,
    properties: {
      description: { type: 'string', maxLength: 2000 },
      secret: { type: 'boolean' },
      default: { type: 'string', maxLength: 4000 },
    },
  },
}

/** What a server may be called: `server__tool` names a tool of an aggregate. */
export const SERVER_NAME = '^(?!.{65})[a-z0-9]+(?:[-_][a-z0-9]+)*$'

/** What people are told of a server; publishing may say it anew. */
export const presentation = {
  title: text(200),
  description: { type: 'string', maxLength: 10_000 },
  logo_url: { ...text(2000), format: 'uri', pattern: '^https://' },
  categories: { type: 'array', maxItems: 20, items: text(50) },
}

/** The JSON Schema of a server; what it can not say is in `server-body.ts`. */
export const serverProperties = {
  ...presentation,
  name: { type: 'string', pattern: SERVER_NAME },
  type: { enum: ['http', 'sse', 'stdio'] },
  url: text(4000),
  server_url: text(4000),
  headers: { ...texts, maxProperties: 100 },
  command: text(1000),
  args: { type: 'array', maxItems: 200, items: { type: 'string', maxLength: 10_000 } },
  env: { ...texts, maxProperties: 200 },
  cwd: text(4000),
  auth,
  variables,
  values: texts,
  policy,
}
