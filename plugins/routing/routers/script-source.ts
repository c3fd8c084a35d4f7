import { stripTypeScriptTypes } from 'node:module'
import { Script } from 'node:vm'

/** A script file as a sandbox takes it, or what is wrong with it. */
export type ScriptSource =
  | { readonly ok: true; readonly source: string }
  | {
      readonly ok: false
      readonly message: string
      readonly line?: number
      readonly column?: number
    }

/**
 * Makes a script of a file: types go, an exported `route` or a default export becomes `route`, and every line and column
 * stays where it is. The script is compiled to find its mistakes; nothing of it runs.
 */
export function toScriptSource(text: string, isTypeScript: boolean): ScriptSource {
  try {
    const source = withoutExport(isTypeScript ? withoutTypes(text) : text)
    compile(source)
    if (definesRoute(source)) return { ok: true, source }
    const message = 'It needs "export default", or "export const route".'
    return { ok: false, message }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return { ok: false, message: error.message, ...placeOf(error) }
  }
}

function withoutTypes(text: string): string {
  // oxlint-disable-next-line typescript/unbound-method -- it is put back where it was
  const { emitWarning } = process
  // Node calls it experimental, in the middle of whatever the gateway prints.
  process.emitWarning = () => {}
  try {
    return stripTypeScriptTypes(text)
  } finally {
    process.emitWarning = emitWarning
  }
}

/** As wide as what it takes the place of, so that columns stay. */
function withoutExport(text: string): string {
  const named = /^export (?=(?:const|let|function|async function) +route\b)/m
  if (named.test(text)) return text.replace(named, ({ length }) => ' '.repeat(length))
  const declaration = /^export default (async )?function( +[\w$]+)? *\(/m.exec(text)
  if (!declaration) {
    const already = /^export default route *;?(?= *$)/m
    if (already.test(text)) return text.replace(already, ({ length }) => ' '.repeat(length))
    return text.replace(/^export default /m, 'const route =  ')
  }
  const [written, async = '', name = ' route'] = declaration
  const plain = `${async}function${name}`.padEnd(written.length - 1)
  const renamed = text.replace(written, () => `${plain}(`)
  return name.trim() === 'route' ? renamed : `${renamed}\n;const route =${name}`
}

function compile(source: string): void {
  // oxlint-disable-next-line no-new -- it throws, and that is what it is for
  new Script(source, { filename: 'router-script' })
}

/** A name that is declared can not be declared once more. */
function definesRoute(source: string): boolean {
  try {
    compile(`${source}\n;let route`)
    return false
  } catch {
    return true
  }
}

/** V8 and Node's type stripping show a line or more, and below the last a caret: `file:2\nconst = 1\n      ^`. */
function placeOf(error: SyntaxError): { line?: number; column?: number } {
  const shown = /^[^\n]*:(\d+)\n[^]*?\n( *)\^+\n/.exec(error.stack ?? '')
  if (!shown) return {}
  const [, line, indent = ''] = shown
  return { line: Number(line), column: indent.length + 1 }
}
