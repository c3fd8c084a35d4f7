import { describe, expect, it } from 'vitest'

import { openaiCompatible } from '#plugins/providers/openai-compatible'

import { configuredProvider } from '../../../helpers/configured-provider.ts'
import { KNOWN } from './known-providers.ts'

const { azure, groq, lmstudio, ollama, openai, vllm } = KNOWN

const CLOUD = [
  ['openai', 'OPENAI_API_KEY', 'https://api.openai.com/v1', 'openai'],
  ['groq', 'GROQ_API_KEY', 'https://api.groq.com/openai/v1', 'groq'],
  ['mistral', 'MISTRAL_API_KEY', 'https://api.mistral.ai/v1', 'mistral'],
  ['deepseek', 'DEEPSEEK_API_KEY', 'https://api.deepseek.com', 'deepseek'],
  ['xai', 'XAI_API_KEY', 'https://api.x.ai/v1', 'x-ai'],
  ['together', 'TOGETHER_API_KEY', 'https://api.together.xyz/v1', 'together'],
  ['fireworks', 'FIREWORKS_API_KEY', 'https://api.fireworks.ai/inference/v1', 'fireworks'],
  ['openrouter', 'OPENROUTER_API_KEY', 'https://openrouter.ai/api/v1', 'openrouter'],
  ['perplexity', 'PERPLEXITY_API_KEY', 'https://api.perplexity.ai', 'perplexity'],
  ['cerebras', 'CEREBRAS_API_KEY', 'https://api.cerebras.ai/v1', 'cerebras'],
  ['nvidia', 'NVIDIA_API_KEY', 'https://integrate.api.nvidia.com/v1', 'nvidia'],
] as const

describe.each(CLOUD)('%s', (name, variable, address, catalogueName) => {
  it('is off until its key is set, and says which', () => {
    const provider = configuredProvider(KNOWN[name]())
    expect(provider).toMatchObject({ name, catalogueName, hint: `Set ${variable}.` })
    expect(provider.connection).toBeUndefined()
  })

  it('is on with its usual key', () => {
    const provider = configuredProvider(KNOWN[name](), { [variable]: ' sk-test\n' })
    expect(provider.hint).toBeUndefined()
    expect(provider.connection).toEqual({
      baseUrl: address,
      headers: { authorization: 'Bearer sk-test' },
    })
  })
})

describe('a provider of a known kind', () => {
  it('takes another address from the environment, without a slash at its end', () => {
    const environment = { GROQ_API_KEY: 'k', GROQ_BASE_URL: 'http://proxy.test/groq/' }
    const { connection } = configuredProvider(groq(), environment)
    expect(connection?.baseUrl).toBe('http://proxy.test/groq')
  })

  it('prefers its options to the environment', () => {
    const options = {
      name: 'groq-eu',
      apiKey: 'mine',
      baseUrl: 'https://eu.test/v1',
      headers: { 'x-team': 'blue' },
      models: ['llama-4'],
      timeouts: { firstByteMs: 5000 },
    }
    const environment = { GROQ_API_KEY: 'theirs', GROQ_BASE_URL: 'https://us.test/v1' }
    expect(configuredProvider(groq(options), environment)).toMatchObject({
      name: 'groq-eu',
      title: 'Groq',
      catalogueName: 'groq',
      models: ['llama-4'],
      connection: {
        baseUrl: 'https://eu.test/v1',
        headers: { authorization: 'Bearer mine', 'x-team': 'blue' },
        timeouts: { firstByteMs: 5000 },
      },
    })
  })

  it('lets a header of the operator’s replace its own', () => {
    const entry = groq({ apiKey: 'k', headers: { Authorization: 'Basic abc' } })
    expect(configuredProvider(entry).connection?.headers).toEqual({ authorization: 'Basic abc' })
  })

  it('takes an empty variable for none', () => {
    expect(configuredProvider(groq(), { GROQ_API_KEY: '' }).hint).toBe('Set GROQ_API_KEY.')
  })

  it('sends the organization and project of OpenAI', () => {
    const environment = { OPENAI_API_KEY: 'k', OPENAI_ORG_ID: 'org-1', OPENAI_PROJECT_ID: 'proj_2' }
    expect(configuredProvider(openai(), environment).connection?.headers).toEqual({
      authorization: 'Bearer k',
      'openai-organization': 'org-1',
      'openai-project': 'proj_2',
    })
  })

  it.each(['api.openai.com/v1', 'localhost:8080/v1'])('refuses the address %s', (address) => {
    const environment = { OPENAI_API_KEY: 'k', OPENAI_BASE_URL: address }
    expect(() => configuredProvider(openai(), environment)).toThrow(
      `"${address}" is not an address for OpenAI.`,
    )
  })
})

describe('a server of one’s own', () => {
  it('is off until its address is set, and needs no key', () => {
    expect(configuredProvider(ollama()).hint).toBe('Set OLLAMA_BASE_URL or OLLAMA_HOST.')
    expect(configuredProvider(vllm()).hint).toBe('Set VLLM_BASE_URL.')
    expect(configuredProvider(lmstudio()).hint).toBe('Set LMSTUDIO_BASE_URL.')
    const { connection } = configuredProvider(vllm(), { VLLM_BASE_URL: 'http://gpu:8000/v1' })
    expect(connection).toEqual({ baseUrl: 'http://gpu:8000/v1', headers: {} })
  })

  it('sends a key where one is set', () => {
    const environment = { VLLM_BASE_URL: 'http://gpu:8000', VLLM_API_KEY: 'k' }
    const { connection } = configuredProvider(vllm(), environment)
    expect(connection?.headers).toEqual({ authorization: 'Bearer k' })
  })

  it.each([
    ['127.0.0.1', 'http://127.0.0.1:11434/v1'],
    ['127.0.0.1:9000', 'http://127.0.0.1:9000/v1'],
    ['0.0.0.0', 'http://localhost:11434/v1'],
    [':9000', 'http://localhost:9000/v1'],
    ['[::]:9000', 'http://localhost:9000/v1'],
    ['gpu.lan', 'http://gpu.lan:11434/v1'],
    ['http://gpu.lan:11434/', 'http://gpu.lan:11434/v1'],
    ['https://ollama.example.com', 'https://ollama.example.com/v1'],
    ['https://example.com/ollama/v1/', 'https://example.com/ollama/v1'],
  ])('is found by the address %s', (address, baseUrl) => {
    const { connection } = configuredProvider(ollama(), { OLLAMA_HOST: address })
    expect(connection?.baseUrl).toBe(baseUrl)
  })

  it('has time to load a model, unless told otherwise', () => {
    const environment = { OLLAMA_HOST: 'localhost' }
    const { connection } = configuredProvider(ollama({ timeouts: { idleMs: 9 } }), environment)
    expect(connection?.timeouts).toEqual({ firstByteMs: 300_000, idleMs: 9 })
  })
})

describe('openaiCompatible', () => {
  it('is any address, and passes the bytes on', () => {
    const entry = openaiCompatible({ name: 'house', baseUrl: 'https://llm.house.test/v1/' })
    const provider = configuredProvider(entry)
    expect(provider).toMatchObject({
      name: 'house',
      title: 'house',
      connection: { baseUrl: 'https://llm.house.test/v1', headers: {} },
      discovery: { path: '/models' },
    })
    expect(Object.keys(provider.chat ?? {})).toEqual(['path'])
  })

  it('takes a key, a title, the prices of another and the lack of stream options', () => {
    const provider = configuredProvider(
      openaiCompatible({
        name: 'house',
        title: 'The House',
        baseUrl: 'https://llm.house.test/v1',
        apiKey: 'k',
        catalogueName: 'openai',
        hasStreamOptions: false,
      }),
    )
    expect(provider).toMatchObject({
      title: 'The House',
      catalogueName: 'openai',
      connection: { headers: { authorization: 'Bearer k' } },
      chat: { hasStreamOptions: false },
      completions: { hasStreamOptions: false },
    })
  })

  it('refuses options it does not know', () => {
    const wrong = { name: 'House', baseUrl: 'llm.house.test' }
    expect(() => configuredProvider(openaiCompatible(wrong))).toThrow(/name .*baseUrl /)
  })
})

describe('azure', () => {
  const call = { model: 'my gpt', stream: false, signal: new AbortController().signal }
  const environment = {
    AZURE_OPENAI_API_KEY: 'k',
    AZURE_OPENAI_ENDPOINT: 'https://acme.openai.azure.com/',
  }
  const addresses = (
    entry: ReturnType<typeof azure>,
    variables: Record<string, string>,
  ): unknown => {
    const { connection, chat, completions, embeddings } = configuredProvider(entry, variables)
    return [chat, completions, embeddings].map((operation) =>
      operation && 'path' in operation
        ? `${connection?.baseUrl}${operation.path(call)}`
        : undefined,
    )
  }

  it('says what is missing', () => {
    expect(configuredProvider(azure()).hint).toBe(
      'Set AZURE_OPENAI_API_KEY and AZURE_OPENAI_ENDPOINT.',
    )
    const { hint } = configuredProvider(azure(), { AZURE_OPENAI_API_KEY: 'k' })
    expect(hint).toBe('Set AZURE_OPENAI_ENDPOINT.')
  })

  it('speaks the v1 API, with its own header for the key', () => {
    expect(configuredProvider(azure(), environment).connection?.headers).toEqual({ 'api-key': 'k' })
    expect(addresses(azure(), environment)).toEqual([
      'https://acme.openai.azure.com/openai/v1/chat/completions',
      'https://acme.openai.azure.com/openai/v1/completions',
      'https://acme.openai.azure.com/openai/v1/embeddings',
    ])
  })

  it('takes the endpoint as the portal shows it', () => {
    const endpoint = 'https://acme.openai.azure.com/openai/v1/'
    expect(addresses(azure({ endpoint }), environment)).toEqual(addresses(azure(), environment))
  })

  it('speaks the classic API when it is given a version', () => {
    expect(addresses(azure({ apiVersion: '2024-10-21' }), environment)).toEqual([
      'https://acme.openai.azure.com/openai/deployments/my%20gpt/chat/completions?api-version=2024-10-21',
      'https://acme.openai.azure.com/openai/deployments/my%20gpt/completions?api-version=2024-10-21',
      'https://acme.openai.azure.com/openai/deployments/my%20gpt/embeddings?api-version=2024-10-21',
    ])
  })

  it.each([
    ['2024-02-01', false],
    ['2024-10-21', undefined],
    ['preview', undefined],
  ])('with the version %s of the environment: hasStreamOptions is %s', (version, expected) => {
    const variables = { ...environment, AZURE_OPENAI_API_VERSION: version }
    expect(configuredProvider(azure(), variables).chat).toHaveProperty('path')
    expect(Reflect.get(configuredProvider(azure(), variables).chat!, 'hasStreamOptions')).toBe(
      expected,
    )
  })

  it('puts a version that is none into no other part of the address', () => {
    const variables = { ...environment, AZURE_OPENAI_API_VERSION: '2024-10-21 #new' }
    expect(addresses(azure(), variables)).toContain(
      'https://acme.openai.azure.com/openai/deployments/my%20gpt/embeddings?api-version=2024-10-21%20%23new',
    )
  })

  it('lists no models, for only the operator knows the deployments', () => {
    const provider = configuredProvider(azure({ models: ['my-gpt'] }), environment)
    expect(provider.discovery).toBeUndefined()
    expect(provider.models).toEqual(['my-gpt'])
  })
})

describe('the list of models', () => {
  const read = (body: unknown): readonly string[] =>
    configuredProvider(openai()).discovery!.read(body)

  it('is read from OpenAI’s form and from a bare list, each name once', () => {
    const list = [{ id: 'a' }, { id: 'b' }, { id: 'a' }, { name: 'no id' }, null]
    expect(read({ object: 'list', data: list })).toEqual(['a', 'b'])
    expect(read(list)).toEqual(['a', 'b'])
  })

  it('is not guessed from anything else', () => {
    expect(() => read({ models: [] })).toThrow('OpenAI answered without a list of models.')
  })
})

describe('what each provider can do', () => {
  it.each([
    ['openai', ['chat', 'completions', 'embeddings']],
    ['groq', ['chat']],
    ['mistral', ['chat', 'embeddings']],
    ['deepseek', ['chat', 'completions']],
    ['xai', ['chat', 'completions']],
    ['together', ['chat', 'completions', 'embeddings']],
    ['fireworks', ['chat', 'completions', 'embeddings']],
    ['openrouter', ['chat', 'completions', 'embeddings']],
    ['perplexity', ['chat']],
    ['cerebras', ['chat', 'completions']],
    ['nvidia', ['chat', 'completions', 'embeddings']],
    ['ollama', ['chat', 'completions', 'embeddings']],
  ] as const)('%s: %s', (name, operations) => {
    const provider = configuredProvider(KNOWN[name]())
    const has = (['chat', 'completions', 'embeddings'] as const).filter((one) => provider[one])
    expect(has).toEqual(operations)
  })
})
