/**
 * Code with a frame around it, as a script that a resident runs step by step: `begin` starts it, `poll`
 * takes what it asks for and says, `resume` gives it answers. The frame shares the code's context and
 * guards nothing; whoever answers checks each call.
 */
export function framed(code: string): string {
  // The code's first line stays the first, so that places in it are the author's.
  return `async function main() { ${code}\n}\n${FRAME}`
}

/** What a step gives back, as far as the code left it as it was. */
export interface Polled {
  readonly calls: readonly {
    readonly id: number
    readonly path: readonly string[]
    args: unknown
  }[]
  readonly logs: readonly string[]
  readonly done: { readonly value?: unknown; readonly error?: string } | null
}

const FRAME = `
var route = (() => {
  const open = new Map()
  let asked = []
  let said = []
  let done = null
  let count = 0
  let letters = 0
  const text = (value) => {
    if (typeof value === 'string') return value
    try { return JSON.stringify(value) ?? String(value) } catch { return String(value) }
  }
  const log = (...values) => {
    const line = values.map(text).join(' ').slice(0, 2000)
    letters += line.length
    if (letters <= 20000) said.push(line)
  }
  globalThis.console = { log, info: log, warn: log, error: log, debug: log }
  const lend = (path) => (args) => {
    const id = ++count
    asked.push({ id, path, args: args ?? {} })
    const answer = new Promise((resolve, reject) => open.set(id, { resolve, reject }))
    // One that is awaited later than it fails is none that nobody handles.
    answer.catch(() => {})
    return answer
  }
  const begin = (functions) => {
    for (const [object, names] of Object.entries(functions)) {
      globalThis[object] = Object.fromEntries(names.map((name) => [name, lend([object, name])]))
    }
    main().then(
      (value) => { done = { value: value === undefined ? null : value } },
      (error) => { done = { error: error instanceof Error ? error.name + ': ' + error.message : text(error) } },
    )
    return null
  }
  const poll = () => {
    const polled = { calls: asked, logs: said, done }
    asked = []
    said = []
    return polled
  }
  const resume = (answers) => {
    for (const { id, value, error } of answers) {
      const waiting = open.get(id)
      open.delete(id)
      if (error === undefined) waiting?.resolve(value)
      else waiting?.reject(new Error(error))
    }
    return null
  }
  return ({ step, functions, answers }) =>
    step === 'begin' ? begin(functions) : step === 'resume' ? resume(answers) : poll()
})()`
