import type { ChatMessage, ModelCapability, Target } from '#core'

/** What a model lacks, in the words of the explain record. */
export const LACKS: Readonly<Record<ModelCapability, string>> = {
  vision: 'does not read images',
  audio: 'does not hear audio',
  files: 'does not read files',
  tools: 'does not call tools',
  structured_output: 'does not keep to a JSON schema',
  reasoning: 'does not reason',
}

const PARTS: Readonly<Record<string, ModelCapability>> = {
  image_url: 'vision',
  input_audio: 'audio',
  file: 'files',
}

/** The part of a request that tells what its model must be able to do. */
export interface Demanding {
  readonly messages?: readonly ChatMessage[]
  readonly tools?: readonly unknown[] | null
  readonly response_format?: unknown
}

/** What a model must be able to read to take in these messages. */
export function contentNeeds(
  messages: readonly ChatMessage[] | undefined,
): ReadonlySet<ModelCapability> {
  const needs = new Set<ModelCapability>()
  for (const { content } of messages ?? []) {
    if (!Array.isArray(content)) continue
    for (const { type } of content) {
      const need = PARTS[type]
      if (need !== undefined) needs.add(need)
    }
  }
  return needs
}

/** What a target must be able to do for a request: what its messages need, and what it is told to do. */
export function needsOf(
  request: Demanding,
  { parameters }: Target,
  content: ReadonlySet<ModelCapability>,
): readonly ModelCapability[] {
  const { tools, response_format: format } = parameters ? { ...request, ...parameters } : request
  return [
    ...content,
    ...(Array.isArray(tools) && tools.length > 0 ? (['tools'] as const) : []),
    ...(isSchema(format) ? (['structured_output'] as const) : []),
  ]
}

function isSchema(format: unknown): boolean {
  return (
    typeof format === 'object' &&
    format !== null &&
    'type' in format &&
    format.type === 'json_schema'
  )
}
