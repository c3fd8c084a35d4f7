/** Finds where in a config file something is written. A help for the eye: it may not know. */
export interface SourceLines {
  /** The line of a field such as `server.port`. */
  ofField(path: string): number | undefined
  /** The line of a plugin in the list, or of one of its options. */
  ofPlugin(index: number, path: string): number | undefined
}

const NOT_CODE =
  /\/\*[^]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g

/** Reads the text of a config file whose list of plugins is written out, one after the other. */
export function readSourceLines(source: string, pluginCount: number): SourceLines {
  // Of the same length, so that places in it are places in the file.
  const code = source.replaceAll(NOT_CODE, (text) =>
    text.replaceAll(/[^\n]/g, text.startsWith('/') ? ' ' : '"'),
  )
  const list = listAfter(code, /\bplugins\s*:\s*\[/)
  const plugins = list.length === pluginCount ? list : []

  const lineAt = (position: number): number => code.slice(0, position).split('\n').length
  return {
    ofField(path) {
      const start = code.search(/\bdefineConfig\s*\(|\bexport\s+default\b/)
      const found = findKeys(code, path, { start: Math.max(0, start), end: code.length })
      return found === undefined ? undefined : lineAt(found)
    },
    ofPlugin(index, path) {
      const span = plugins[index]
      return span && lineAt(findKeys(code, path, span) ?? span.start)
    },
  }
}

interface Span {
  readonly start: number
  readonly end: number
}

/** The items of an array, from its opening bracket on. */
function listAfter(code: string, opening: RegExp): readonly Span[] {
  const found = opening.exec(code)
  if (!found) return []
  const items: Span[] = []
  let start = found.index + found[0].length
  let depth = 0
  for (let position = start; position < code.length; position += 1) {
    const character = code.charAt(position)
    if (depth === 0 && (character === ',' || character === ']')) {
      const leading = /^\s*/.exec(code.slice(start, position))?.[0].length ?? 0
      if (start + leading < position) items.push({ start: start + leading, end: position })
      start = position + 1
      if (character === ']') return items
    }
    if ('([{'.includes(character)) depth += 1
    if (')]}'.includes(character)) depth -= 1
  }
  return []
}

/** Where the last key of a path is that can be found, each after the one before. */
function findKeys(code: string, path: string, { start, end }: Span): number | undefined {
  let found: number | undefined
  for (const key of path.split(/[.[\]]+/)) {
    if (key === '' || /^\d+$/.test(key)) continue
    const from = found ?? start
    const offset = code.slice(from, end).search(new RegExp(`\\b${RegExp.escape(key)}\\b`))
    if (offset === -1) break
    found = from + offset
  }
  return found
}
