// Cells of isolated-vm: isolates of the V8 that Node itself runs on.
import { createRequire } from 'node:module'

import { outOfMemory, outOfTime, unhandledRejection } from './verdict.mjs'

const FUNCTIONS = ['load', 'keep', 'begin', 'start', 'collect']
const TIMED_OUT = 'Script execution timed out.'

/** Loads isolated-vm, and gives what makes its cells. */
export function prepareIsolates({ engine, memoryMb, prelude }) {
  const ivm = createRequire(import.meta.url)(engine.library)

  return function buildCell() {
    const isolate = new ivm.Isolate({ memoryLimit: memoryMb })
    const context = isolate.createContextSync()
    const script = isolate.compileScriptSync(prelude, { filename: 'prelude' })
    const exported = script.runSync(context, { reference: true })
    const functions = new Map(
      FUNCTIONS.map((name) => [name, exported.getSync(name, { reference: true })]),
    )

    function call(name, args, timeout) {
      try {
        return functions.get(name).applySync(undefined, args, { timeout })
      } catch (error) {
        if (isolate.isDisposed) throw outOfMemory(memoryMb)
        if (error?.message === TIMED_OUT) throw outOfTime(timeout)
        // The prelude lets nothing through, so it came at the end of the microtasks.
        throw unhandledRejection()
      }
    }

    function syntaxFault(source) {
      try {
        isolate.compileScriptSync(source, { filename: 'router-script' })
        return undefined
      } catch (error) {
        const pattern = /^(.*) \[router-script:(\d+):(\d+)\]$/s
        const [, message = error.message, line, column] = pattern.exec(error.message) ?? []
        return { message, ...(line && { line: Number(line), column: Number(column) }) }
      }
    }

    function discard() {
      if (!isolate.isDisposed) isolate.dispose()
    }

    return { call, syntaxFault, discard }
  }
}
