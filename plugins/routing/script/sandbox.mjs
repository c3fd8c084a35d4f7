// The process that runs router scripts, one job after the other, each in a fresh isolate.
// Plain JavaScript: Node strips types with WebAssembly, which `--jitless` takes away.
//
// On standard input a job is two lines: `{"id","isTrusted","timeoutMs","source"}` and the arguments as JSON. On standard
// output an answer is one: `{"id","cpuMs","verdict"}`. Reading blocks, so there is no event loop in which anything
// that a script leaves behind could run.
import { readFileSync, readSync, writeSync } from 'node:fs'
import { createRequire } from 'node:module'

/** `{ isolatedVm: path, memoryMb, resultBytes, warmIsolates }` */
const settings = JSON.parse(process.argv[2])
const ivm = createRequire(import.meta.url)(settings.isolatedVm)
const prelude = readFileSync(new URL('prelude.js', import.meta.url), 'utf8')

/** Isolates of trusted scripts by source, the least recently used first. */
const warmCells = new Map()
let spareCell = buildCell()

const NEWLINE = 10
const SUCCESS = '{"ok":true,"value":'
const SYNTAX_FAILURE = '{"ok":false,"reason":"syntax"'
/** After which a warm isolate is not used again. */
const LOST_ISOLATE = /^\{"ok":false,"reason":"(timeout|memory)"/
const chunk = Buffer.allocUnsafe(64 * 1024)
let unread = Buffer.alloc(0)

writeLine('{"ready":true}')
for (;;) {
  const job = JSON.parse(readLine())
  const argumentsJson = readLine()
  const cell = (job.isTrusted && warmCells.get(job.source)) || takeSpareCell()
  const { verdict, cpuMs } = run(cell, job, argumentsJson)
  writeLine(`{"id":${job.id},"cpuMs":${cpuMs},"verdict":${verdict}}`)
  keepOrDispose(cell, job, verdict)
  spareCell ??= buildCell()
}

function buildCell() {
  const isolate = new ivm.Isolate({ memoryLimit: settings.memoryMb })
  const context = isolate.createContextSync()
  const script = isolate.compileScriptSync(prelude, { filename: 'prelude' })
  const functions = script.runSync(context, { reference: true })
  const named = (name) => functions.getSync(name, { reference: true })
  return {
    isolate,
    isLoaded: false,
    start: named('start'),
    call: named('call'),
    collect: named('collect'),
  }
}

function takeSpareCell() {
  const cell = spareCell ?? buildCell()
  spareCell = undefined
  return cell
}

function run(cell, job, argumentsJson) {
  const { isolate } = cell
  // Not the isolate's own `cpuTime`, which is a wall clock on Linux.
  const cpuBefore = process.threadCpuUsage()
  const limit = { timeout: job.timeoutMs }
  let verdict
  try {
    verdict = cell.isLoaded
      ? cell.call.applySync(undefined, [argumentsJson, settings.resultBytes], limit)
      : cell.start.applySync(undefined, [job.source, argumentsJson, settings.resultBytes], limit)
    verdict ??= cell.collect.applySync(undefined, [], limit)
  } catch (error) {
    verdict = interruption(isolate, error, job)
  }
  if (verdict.startsWith(SYNTAX_FAILURE)) verdict = placed(verdict, job)
  if (verdict.startsWith(SUCCESS)) verdict = bounded(verdict)
  const { user, system } = process.threadCpuUsage(cpuBefore)
  return { verdict, cpuMs: (user + system) / 1000 }
}

/** Why the isolate was left without a verdict. */
function interruption(isolate, error, job) {
  if (isolate.isDisposed) {
    return failure('memory', `The script used more than ${settings.memoryMb} MB.`)
  }
  if (error?.message === 'Script execution timed out.') {
    return failure('timeout', `The script ran longer than ${job.timeoutMs} ms.`)
  }
  // The prelude lets nothing through, so it came at the end of the microtasks.
  return failure('threw', 'A promise of the script was rejected, and nobody handled it.')
}

function failure(reason, message, place) {
  return JSON.stringify({ ok: false, reason, message, ...place })
}

/** Adds the place of a syntax error, which only compiling apart from `eval` tells. */
function placed(verdict, job) {
  const { isolate } = takeSpareCell()
  try {
    isolate.compileScriptSync(job.source, { filename: 'router-script' })
    // The source itself is sound, so the error came from running it.
    return verdict.replace('"reason":"syntax"', '"reason":"threw"')
  } catch (error) {
    const pattern = /^(.*) \[router-script:(\d+):(\d+)\]$/s
    const [, message, line, column] = pattern.exec(error.message) ?? []
    if (message === undefined) return verdict
    return failure('syntax', message, { line: Number(line), column: Number(column) })
  } finally {
    discard(isolate)
  }
}

/** The prelude can count characters only. */
function bounded(verdict) {
  const resultBytes = Buffer.byteLength(verdict) - SUCCESS.length - 1
  if (resultBytes <= settings.resultBytes) return verdict
  return failure('result_too_large', `The result is longer than ${settings.resultBytes} bytes.`)
}

function keepOrDispose(cell, job, verdict) {
  cell.isLoaded ||= job.isTrusted && verdict.startsWith(SUCCESS)
  warmCells.delete(job.source)
  if (!cell.isLoaded || LOST_ISOLATE.test(verdict)) {
    return discard(cell.isolate)
  }
  warmCells.set(job.source, cell)
  if (warmCells.size <= settings.warmIsolates) return
  const [[oldestSource, oldest]] = warmCells
  warmCells.delete(oldestSource)
  discard(oldest.isolate)
}

function discard(isolate) {
  if (!isolate.isDisposed) isolate.dispose()
}

function readLine() {
  for (;;) {
    const end = unread.indexOf(NEWLINE)
    if (end >= 0) {
      const line = unread.toString('utf8', 0, end)
      unread = unread.subarray(end + 1)
      return line
    }
    const size = readSync(0, chunk)
    if (size === 0) process.exit(0)
    unread = Buffer.concat([unread, chunk.subarray(0, size)])
  }
}

function writeLine(text) {
  const bytes = Buffer.from(`${text}\n`)
  for (let written = 0; written < bytes.length;) written += writeSync(1, bytes, written)
}
