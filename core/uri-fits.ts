import { RE2JS } from 're2js'

/** Longer templates fit nothing: they are of servers that nobody has vouched for. */
const LONGEST_TEMPLATE = 2_000
const EXPRESSION = /\{([+#./;?&]?)[^{}]*\}/

/** What an expression can stand for, by its operator (RFC 6570). */
const EXPANSIONS: Readonly<Record<string, string>> = {
  '+': '.+',
  '#': '(?:#.*)?',
  '?': '(?:\\?[^#]*)?',
  '&': '(?:&[^#]*)?',
}

/**
 * Whether a template may have made a URI. In linear time: servers write templates, callers write URIs,
 * and the regular expression of the SDK takes hours where variables stand side by side.
 */
export function uriFits(uri: string, template: string): boolean {
  if (template.length > LONGEST_TEMPLATE) return false
  const [first = '', ...others] = template.split(EXPRESSION)
  let pattern = RE2JS.quote(first)
  for (let at = 0; at < others.length; at += 2) {
    const expansion = EXPANSIONS[others[at] ?? ''] ?? '[^?#]+'
    pattern += expansion + RE2JS.quote(others[at + 1] ?? '')
  }
  return RE2JS.compile(pattern, RE2JS.DOTALL).testExact(uri)
}
