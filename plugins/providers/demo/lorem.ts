import { sliceByTokens } from 'tokenx'

import { words, type Reply } from './reply.ts'

const PARAGRAPH =
  'Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt ut ' +
  'labore et dolore magna aliqua. Ut enim ad minim veniam, quis nostrud exercitation ullamco ' +
  'laboris nisi ut aliquip ex ea commodo consequat. Duis aute irure dolor in reprehenderit in ' +
  'voluptate velit esse cillum dolore eu fugiat nulla pariatur. Excepteur sint occaecat cupidatat ' +
  'non proident, sunt in culpa qui officia deserunt mollit anim id est laborum.'

/** Less than the paragraph has, so that there is always enough to cut from. */
const TOKENS_OF_PARAGRAPH = 80
const LONGEST_TOKENS = 20_000

/** Latin without an end, cut where the limit is; without a limit one paragraph of it. */
export function lorem(maxTokens: number | undefined): Reply {
  if (maxTokens === undefined) return words(PARAGRAPH)
  const tokens = Math.min(maxTokens, LONGEST_TOKENS)
  const paragraphs = `${PARAGRAPH}\n\n`.repeat(Math.ceil(tokens / TOKENS_OF_PARAGRAPH))
  return { ...words(sliceByTokens(paragraphs, 0, tokens)), finishReason: 'length' }
}
