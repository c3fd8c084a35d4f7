// What a script runs in: a heap of its own with the prelude in it, by one of two engines.
//
// A cell is `{ call(name, args, timeoutMs), syntaxFault(source), discard() }`. `call` runs a function of the prelude's, and
// the microtasks that it leaves; it gives text or undefined, or throws an Interruption. `syntaxFault` is undefined
// for a sound script, else `{ message, line, column }`, without the last two where they are not known.
import { readFileSync } from 'node:fs'

import { prepareIsolates } from './isolate-cell.mjs'
import { prepareQuickJs } from './quickjs-cell.mjs'

/** `{ engine: { name, …paths }, memoryMb, resultBytes }` */
export const settings = JSON.parse(process.argv[2])

const { engine, memoryMb } = settings
const prelude = readFileSync(new URL('prelude.js', import.meta.url), 'utf8')
const prepare = engine.name === 'quickjs' ? prepareQuickJs : prepareIsolates

/** Makes a fresh cell. */
export const buildCell = await prepare({ engine, memoryMb, prelude })

/** Calls a function of the prelude's that leaves its verdicts with `collect` when it has not got them at once. */
export function callAndCollect(cell, name, args, timeoutMs) {
  return cell.call(name, args, timeoutMs) ?? cell.call('collect', [], timeoutMs)
}

/** CPU time since a `process.threadCpuUsage()`. Not the isolate's own `cpuTime`, which is a wall clock on Linux. */
export function cpuMsSince(before) {
  const { user, system } = process.threadCpuUsage(before)
  return (user + system) / 1000
}
