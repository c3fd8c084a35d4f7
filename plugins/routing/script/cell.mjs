// An isolate with the prelude in it, and what sandboxes need to know of one.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

/** `{ isolatedVm: path, memoryMb, resultBytes }` */
export const settings = JSON.parse(process.argv[2])

const ivm = createRequire(import.meta.url)(settings.isolatedVm)
const prelude = readFileSync(new URL('prelude.js', import.meta.url), 'utf8')

/** A fresh isolate and the functions of its prelude. */
export function buildCell() {
  const isolate = new ivm.Isolate({ memoryLimit: settings.memoryMb })
  const context = isolate.createContextSync()
  const script = isolate.compileScriptSync(prelude, { filename: 'prelude' })
  const functions = script.runSync(context, { reference: true })
  const named = (name) => functions.getSync(name, { reference: true })
  return {
    isolate,
    load: named('load'),
    keep: named('keep'),
    begin: named('begin'),
    start: named('start'),
    collect: named('collect'),
  }
}

export function discard({ isolate }) {
  if (!isolate.isDisposed) isolate.dispose()
}

/** CPU time that something takes. Not the isolate's own `cpuTime`, which is a wall clock on Linux. */
export function cpuMsOf(work) {
  const before = process.threadCpuUsage()
  work()
  const { user, system } = process.threadCpuUsage(before)
  return (user + system) / 1000
}

const TIMED_OUT = 'Script execution timed out.'

/** Why an isolate was left without a verdict, as a verdict. */
export function interruption({ isolate }, error, timeoutMs) {
  if (isolate.isDisposed) {
    return failure('memory', `The script used more than ${settings.memoryMb} MB.`)
  }
  if (error?.message === TIMED_OUT) {
    return failure('timeout', `The script ran longer than ${timeoutMs} ms.`)
  }
  // The prelude lets nothing through, so it came at the end of the microtasks.
  return failure('threw', 'A promise of the script was rejected, and nobody handled it.')
}

export function failure(reason, message, place) {
  return JSON.stringify({ ok: false, reason, message, ...place })
}
