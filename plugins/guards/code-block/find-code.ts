import { guessLanguage, languageOf } from './languages.ts'

/** Code in a text. */
export interface CodeBlock {
  readonly start: number
  readonly end: number
  /** `python`; `unknown` when neither the text nor the code says. */
  readonly language: string
}

const FENCE = /^ {0,3}(?:> ?)?(`{3,100}|~{3,100})([^\n]{0,100})/gm
const INLINE = /(?<!`)(`{1,2})(?!`)([^`\n]{1,1000})\1(?!`)/g

/** Code blocks between fences (CommonMark 4.5); one that is never closed goes on to the end. */
export function findCodeBlocks(text: string): CodeBlock[] {
  const blocks: CodeBlock[] = []
  let open: { fence: string; info: string; start: number; bodyStart: number } | undefined
  const close = (bodyEnd: number, end: number): void => {
    if (!open) return
    const body = text.slice(open.bodyStart, bodyEnd)
    const language = languageOf(open.info) ?? guessLanguage(body)
    blocks.push({ start: open.start, end, language })
    open = undefined
  }
  if (!text.includes('```') && !text.includes('~~~')) return blocks
  for (const { 0: line, 1: fence = '', 2: info = '', index } of text.matchAll(FENCE)) {
    const end = index + line.length
    if (!open) open = { fence, info, start: index, bodyStart: end }
    else if (info.trim() === '' && fence.startsWith(open.fence)) close(index, end)
  }
  close(text.length, text.length)
  return blocks
}

/** Code between single back quotes. */
export function findInlineCode(text: string): CodeBlock[] {
  if (!text.includes('`')) return []
  return Array.from(text.matchAll(INLINE), ({ 0: whole, 2: body = '', index }) => ({
    start: index,
    end: index + whole.length,
    language: guessLanguage(body),
  }))
}
