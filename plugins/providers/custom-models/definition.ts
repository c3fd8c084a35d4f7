import { createBodyCheck, GatewayError, type PriceList, requestProblem } from '#core'

const names = { type: 'array', maxItems: 50, items: { type: 'string', maxLength: 100 } } as const
const price = { type: ['number', 'null'], minimum: 0, maximum: 1_000_000 } as const

/** A parameter of a model, as LangDB describes it. */
export interface ModelParameter {
  readonly default?: unknown
  readonly description?: string
  readonly type?: string
  readonly required?: boolean
}

/** What `POST /admin/models` takes. Prices are USD for one token. */
export interface ModelDefinition {
  readonly model_name: string
  readonly description: string
  readonly provider_info_id?: string
  readonly provider_id?: string
  readonly project_id: string
  readonly public?: boolean
  readonly request_response_mapping?: string | null
  readonly model_type: 'completions' | 'embeddings' | 'image_generation'
  readonly input_token_price?: number | null
  readonly output_token_price?: number | null
  readonly context_size?: number | null
  readonly capabilities?: readonly string[]
  readonly input_types?: readonly string[]
  readonly output_types?: readonly string[]
  readonly tags?: readonly string[]
  readonly type_prices?: Readonly<Record<string, unknown>> | null
  readonly mp_price?: number | null
  readonly owner_name: string
  readonly priority: number
  readonly model_name_in_provider?: string | null
  readonly parameters?: Readonly<Record<string, ModelParameter>> | null
}

const check = createBodyCheck({
  type: 'object',
  additionalProperties: false,
  required: ['model_name', 'description', 'project_id', 'model_type', 'owner_name', 'priority'],
  properties: {
    model_name: { type: 'string', minLength: 1, maxLength: 256, pattern: '^[^\\s@][^@\\s]*$' },
    description: { type: 'string', maxLength: 10_000 },
    provider_info_id: { type: 'string', minLength: 1, maxLength: 256 },
    provider_id: { type: 'string', minLength: 1, maxLength: 256 },
    project_id: { type: 'string', minLength: 1, maxLength: 64 },
    public: { type: 'boolean' },
    request_response_mapping: { type: ['string', 'null'] },
    model_type: { enum: ['completions', 'embeddings', 'image_generation'] },
    input_token_price: price,
    output_token_price: price,
    context_size: { type: ['integer', 'null'], minimum: 1 },
    capabilities: names,
    input_types: names,
    output_types: names,
    tags: names,
    type_prices: { type: ['object', 'null'] },
    mp_price: price,
    owner_name: { type: 'string', minLength: 1, maxLength: 256 },
    priority: { type: 'integer' },
    model_name_in_provider: { type: ['string', 'null'], maxLength: 256 },
    parameters: {
      type: ['object', 'null'],
      maxProperties: 100,
      additionalProperties: {
        type: 'object',
        properties: { required: { type: 'boolean' }, description: { type: 'string' } },
      },
    },
  },
})

/** The definition in a body. Throws 400. */
export function readDefinition(body: unknown): ModelDefinition {
  check(body)
  const definition = body as ModelDefinition
  const {
    provider_info_id: infoId,
    provider_id: id,
    request_response_mapping: mapping,
  } = definition
  if (infoId === undefined && id === undefined) {
    throw requestProblem('provider_info_id', 'is required', 'missing')
  }
  if (mapping && mapping !== 'openai-compatible') {
    throw new GatewayError(
      'unsupported_parameter',
      'Only the mapping "openai-compatible" is known: the provider translates by itself.',
      { param: 'request_response_mapping' },
    )
  }
  return definition
}

/** The prices as the ledger counts them; undefined while one of the two is unknown. */
export function pricesOf(definition: ModelDefinition): PriceList | undefined {
  const { input_token_price: input, output_token_price: output } = definition
  if (typeof input !== 'number' || typeof output !== 'number') return undefined
  return { input: perMillion(input), output: perMillion(output) }
}

/** Fields that a request gets where it has none: the defaults of parameters that are required. */
export function defaultsOf({ parameters }: ModelDefinition): Readonly<Record<string, unknown>> {
  const required = Object.entries(parameters ?? {}).filter(
    ([, parameter]) => parameter.required === true && parameter.default !== undefined,
  )
  return Object.fromEntries(required.map(([name, parameter]) => [name, parameter.default]))
}

/** Without the noise of binary fractions: 0.00001 is 10, not 10.000000000000002. */
function perMillion(perToken: number): number {
  return Number((perToken * 1_000_000).toPrecision(12))
}

/** USD as decimal digits, never as `1e-7`. */
export function decimal(price: number | null | undefined): string | null {
  if (typeof price !== 'number') return null
  const text = String(price)
  return text.includes('e') ? price.toFixed(20).replace(/\.?0+$/, '') : text
}
