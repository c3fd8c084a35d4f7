import type { PluginEntry } from '#core'
import { openaiCompatible } from '#plugins/providers/openai-compatible'

import { startBefore, type GatewayAnd, type TestGatewayParts } from './gateway.ts'
import { startUpstream, type Handler, type Upstream } from './upstream.ts'

export type GatewayAndUpstream = GatewayAnd<Upstream>

/** A gateway in front of one upstream that speaks OpenAI's API, as the provider `up`. */
export async function startBehind(
  handler: Handler,
  parts: Partial<TestGatewayParts> = {},
): Promise<GatewayAndUpstream> {
  const upstream = await startUpstream(handler)
  const plugins = [providerAt('up', upstream), ...(parts.plugins ?? [])]
  return startBefore(upstream, { ...parts, plugins })
}

/** A provider of this name at a test's upstream. */
export function providerAt(name: string, upstream: Pick<Upstream, 'url'>): PluginEntry {
  return openaiCompatible({ name, baseUrl: `${upstream.url}/v1`, apiKey: 'sk-upstream-secret' })
}

/** OpenAI's answer to a chat request. */
export function completion(content = 'Hello.', more: object = {}): object {
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1_700_000_000,
    model: 'm-2025',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content, refusal: null },
        logprobs: null,
        finish_reason: 'stop',
      },
    ],
    usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
    ...more,
  }
}

/** One event of OpenAI's stream with this text. */
export function textEvent(content: string): string {
  return event({ choices: [{ index: 0, delta: { content }, finish_reason: null }], usage: null })
}

export const END_EVENT = event({
  choices: [{ index: 0, delta: {}, finish_reason: 'stop' }],
  usage: null,
})

export const USAGE_EVENT = event({
  choices: [],
  usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
})

export const DONE = 'data: [DONE]\n\n'

function event(more: object): string {
  const chunk = {
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1_700_000_000,
    model: 'm',
  }
  return `data: ${JSON.stringify({ ...chunk, ...more })}\n\n`
}
