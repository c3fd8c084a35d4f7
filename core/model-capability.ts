/** What a model can take or do, beside text. */
export const MODEL_CAPABILITIES = [
  'vision',
  'audio',
  'files',
  'tools',
  'structured_output',
  'reasoning',
] as const

export type ModelCapability = (typeof MODEL_CAPABILITIES)[number]
