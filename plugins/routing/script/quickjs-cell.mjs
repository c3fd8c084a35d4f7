// Cells of QuickJS, for where isolated-vm has no build: each is an instance of WebAssembly with a memory of its own.
import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

import { Interruption, outOfMemory, outOfTime, unhandledRejection } from './verdict.mjs'

const MEGABYTE = 2 ** 20
const STACK_BYTES = 256 * 1024
/** For what is not within a call: evaluating the prelude, and compiling. */
const PATIENT_MS = 2000
const PLACE = /router-script:(\d+):(\d+)/
const BAD_DESCRIPTOR = 8
/** A line of verdicts on what QuickJS throws, and a script can catch, where V8 gives up the isolate. */
const OUT_OF_MEMORY =
  /^\{"ok":false,"reason":"(?:threw|bad_result)","message":"InternalError: out of memory/m

/** Loads QuickJS, and gives what makes its cells. */
export async function prepareQuickJs({ engine, memoryMb, prelude }) {
  const { QuickJS, Intrinsics, EvalFlags } = await import(pathToFileURL(engine.library).href)
  const wasm = await WebAssembly.compile(readFileSync(engine.wasm))
  const { DATE, EVAL, REGEXP, JSON, PROXY, MAP_SET, PROMISE, BIG_INT } = Intrinsics
  const intrinsics = DATE | EVAL | REGEXP | JSON | PROXY | MAP_SET | PROMISE | BIG_INT

  return async function buildCell() {
    let deadline = performance.now() + PATIENT_MS
    let isOutOfTime = false
    let unhandledRejections = 0
    const vm = await QuickJS.create({
      wasm,
      intrinsics,
      memoryLimit: memoryMb * MEGABYTE,
      maxStackSize: STACK_BYTES,
      interruptHandler: () => (isOutOfTime ||= performance.now() > deadline),
      onUnhandledRejection(_promise, _reason, isHandled) {
        unhandledRejections += isHandled ? -1 : 1
      },
      // Standard output is for verdicts alone.
      wasi: () => ({ fd_write: () => BAD_DESCRIPTOR }),
    })
    const functions = vm.evalCode(prelude, 'prelude')

    function allow(timeoutMs) {
      deadline = performance.now() + timeoutMs
      isOutOfTime = false
    }

    function call(name, args, timeoutMs) {
      allow(timeoutMs)
      unhandledRejections = 0
      let text
      try {
        text = vm.withScope(() => run(name, args))
      } catch (error) {
        if (isOutOfTime) throw outOfTime(timeoutMs)
        throw interruption(error)
      }
      if (isOutOfTime) throw outOfTime(timeoutMs)
      if (unhandledRejections > 0) throw unhandledRejection()
      if (text !== undefined && OUT_OF_MEMORY.test(text)) throw outOfMemory(memoryMb)
      return text
    }

    function run(name, args) {
      const values = args.map((arg) =>
        typeof arg === 'number' ? vm.newNumber(arg) : vm.newString(arg),
      )
      const result = vm.callFunction(functions.getProp(name), vm.undefined, ...values)
      vm.executePendingJobs()
      return result.isUndefined ? undefined : result.toString()
    }

    function interruption(error) {
      // Nobody knows what an engine does after that: its process ends.
      if (error instanceof WebAssembly.RuntimeError) throw error
      if (/out of memory/.test(error.message)) return outOfMemory(memoryMb)
      // The prelude lets nothing through but the end of the stack of the process, which no script can catch.
      return new Interruption('threw', `${error.name}: ${error.message}`)
    }

    function syntaxFault(source) {
      allow(PATIENT_MS)
      try {
        vm.withScope(() => void vm.evalCode(source, 'router-script', EvalFlags.COMPILE_ONLY))
        return undefined
      } catch (error) {
        if (error instanceof WebAssembly.RuntimeError) throw error
        const { message } = error
        const [, line, column] = PLACE.exec(error.stack) ?? []
        return { message, ...(line && { line: Number(line), column: Number(column) }) }
      }
    }

    // Its memory goes with the last that knows of it.
    return { call, syntaxFault, discard: () => vm.dispose() }
  }
}
