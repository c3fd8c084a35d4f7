import { firstSet, type Call, type Environment } from '#core'

import type { Preset } from './preset.ts'

/** Where the resource is, and by which of Azure's two APIs it is spoken to. */
interface AzureOptions {
  readonly endpoint?: string | undefined
  readonly apiVersion?: string | undefined
}

/** The first version of the classic API that knows `stream_options`. */
const FIRST_WITH_STREAM_OPTIONS = '2024-09-01'

/**
 * Azure OpenAI: the v1 API (`{endpoint}/openai/v1`, model in the body), or with an API version the
 * classic one (`{endpoint}/openai/deployments/{model}`). The models are the resource's deployments;
 * no path lists them, so the option `models` names them.
 * https://learn.microsoft.com/azure/ai-foundry/openai/api-version-lifecycle
 */
export function azurePreset(options: AzureOptions, environment: Environment): Preset {
  const endpoint = options.endpoint ?? firstSet(environment, ['AZURE_OPENAI_ENDPOINT'])
  const version = options.apiVersion ?? datedVersion(environment)
  const at = (operation: string) => (call: Call) =>
    version === undefined
      ? `/v1/${operation}`
      : `/deployments/${encodeURIComponent(call.model)}/${operation}?api-version=${encodeURIComponent(version)}`
  return {
    name: 'azure',
    title: 'Azure OpenAI',
    ...(endpoint !== undefined && { baseUrl: `${resourceUrl(endpoint)}/openai` }),
    keyVariables: ['AZURE_OPENAI_API_KEY'],
    keyHeader: 'api-key',
    urlVariables: ['AZURE_OPENAI_ENDPOINT'],
    paths: {
      chat: at('chat/completions'),
      completions: at('completions'),
      embeddings: at('embeddings'),
    },
    hasStreamOptions: version === undefined || version >= FIRST_WITH_STREAM_OPTIONS,
  }
}

/** The portal shows the endpoint with and without the path of the API. */
function resourceUrl(endpoint: string): string {
  return endpoint.replace(/\/+$/, '').replace(/\/openai(\/v1)?$/, '')
}

/** `preview`, `latest` and `v1` mean the v1 API; only a date means the classic one. */
function datedVersion(environment: Environment): string | undefined {
  const version = firstSet(environment, ['AZURE_OPENAI_API_VERSION'])
  return version !== undefined && /^\d{4}-/.test(version) ? version : undefined
}
