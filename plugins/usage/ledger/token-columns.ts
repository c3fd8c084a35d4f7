import type { TokenClasses } from '#core'

/** The classes of tokens, as the columns of a row. All are null when no model was reached. */
export interface TokenColumns {
  readonly tokens_input: number | null
  readonly tokens_cached_input: number
  readonly tokens_cache_write: number
  readonly tokens_audio_input: number
  readonly tokens_output: number
  readonly tokens_reasoning: number
  readonly tokens_audio_output: number
}

/** The tokens that a row tells of. */
export function tokensOf(row: TokenColumns): TokenClasses | null {
  if (row.tokens_input === null) return null
  return {
    input: row.tokens_input,
    cachedInput: row.tokens_cached_input,
    cacheWrite: row.tokens_cache_write,
    // Kept in one column, for they differ in price alone, and the cost is kept too.
    cacheWrite1h: 0,
    audioInput: row.tokens_audio_input,
    output: row.tokens_output,
    reasoning: row.tokens_reasoning,
    audioOutput: row.tokens_audio_output,
  }
}
