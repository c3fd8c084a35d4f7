import type { JsonObject } from './json.ts'

/**
 * What is sent to `models.generateContent`. A field that is undefined is not sent.
 * Shapes follow https://ai.google.dev/api/generate-content.
 */
export interface GenerateContentRequest {
  readonly contents: readonly Content[]
  readonly systemInstruction?: Instruction | undefined
  readonly tools?: readonly JsonObject[] | undefined
  readonly toolConfig?: JsonObject | undefined
  readonly generationConfig?: JsonObject | undefined
  readonly serviceTier?: string | undefined
  readonly [field: string]: unknown
}

/** One turn. Results of tools are the user's. */
export interface Content {
  readonly role: 'user' | 'model'
  readonly parts: Part[]
}

/** What the model is told before the conversation. */
export interface Instruction {
  readonly parts: readonly TextPart[]
}

/** A piece of a turn that is written in words. */
export interface TextPart {
  readonly text: string
  readonly thought?: boolean | undefined
  readonly thoughtSignature?: string | undefined
}

/** Base64 with its media type. */
export interface InlineData {
  readonly mimeType: string
  readonly data: string
}

/** A piece of a turn. `thoughtSignature` goes back in the part it came in. */
export type Part =
  | TextPart
  | { readonly inlineData: InlineData; readonly thoughtSignature?: string | undefined }
  | { readonly fileData: { readonly fileUri: string; readonly mimeType?: string | undefined } }
  | {
      readonly functionCall: {
        readonly id?: string | undefined
        readonly name: string
        readonly args: JsonObject
      }
      readonly thoughtSignature?: string | undefined
    }
  | {
      readonly functionResponse: {
        readonly id?: string | undefined
        readonly name: string
        readonly response: JsonObject
        readonly parts?: readonly { readonly inlineData: InlineData }[] | undefined
      }
    }
  | JsonObject

/** Whose reasoning a canonical `ReasoningDetail` holds, as OpenRouter names it. */
export const GEMINI_FORMAT = 'google-gemini-v1'
