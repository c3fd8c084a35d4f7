import { objectsIn, type JsonObject } from './json.ts'

/** The stretch of the answer's text that a source stands behind, in characters. */
export interface Span {
  readonly start: number
  readonly end: number
}

/** Citations as annotations: OpenAI's for pages of the web, all of Anthropic's own for the rest. */
export function toAnnotations(citations: unknown, { start, end }: Span): JsonObject[] {
  return objectsIn(citations).map((citation) => {
    const span = { start_index: start, end_index: end }
    if (citation['type'] !== 'web_search_result_location') {
      return { type: 'citation', citation: { ...citation, ...span } }
    }
    const { url, title } = citation
    return { type: 'url_citation', url_citation: { ...span, url, title } }
  })
}
