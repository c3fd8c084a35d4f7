// The process that runs router scripts, one job after the other, each in a fresh isolate.
// Plain JavaScript: Node strips types with WebAssembly, which `--jitless` takes away.
//
// On standard input a job is two lines: `{"id","timeoutMs","source"}` and the call, `[{"args","seed"}]`. On standard
// output an answer is one: `{"id","cpuMs","verdict"}`. Reading blocks, so there is no event loop in which anything
// that a script leaves behind could run.
import { buildCell, cpuMsOf, discard, failure, interruption, settings } from './cell.mjs'
import { readLine, writeLine } from './lines.mjs'

let spareCell = buildCell()

const SUCCESS = '{"ok":true,"value":'
const SYNTAX_FAILURE = '{"ok":false,"reason":"syntax"'

writeLine('{"ready":true}')
for (;;) {
  const job = JSON.parse(readLine())
  const callJson = readLine()
  const cell = takeSpareCell()
  const { verdict, cpuMs } = run(cell, job, callJson)
  writeLine(`{"id":${job.id},"cpuMs":${cpuMs},"verdict":${verdict}}`)
  discard(cell)
  spareCell ??= buildCell()
}

function takeSpareCell() {
  const cell = spareCell ?? buildCell()
  spareCell = undefined
  return cell
}

function run(cell, job, callJson) {
  const limit = { timeout: job.timeoutMs }
  let verdict
  const cpuMs = cpuMsOf(() => {
    try {
      verdict = cell.start.applySync(undefined, [job.source, callJson, settings.resultBytes], limit)
      verdict ??= cell.collect.applySync(undefined, [], limit)
    } catch (error) {
      verdict = interruption(cell, error, job.timeoutMs)
    }
  })
  if (verdict.startsWith(SYNTAX_FAILURE)) verdict = placed(verdict, job)
  if (verdict.startsWith(SUCCESS)) verdict = bounded(verdict)
  return { verdict, cpuMs }
}

/** Adds the place of a syntax error, which only compiling apart from `eval` tells. */
function placed(verdict, job) {
  const cell = takeSpareCell()
  try {
    cell.isolate.compileScriptSync(job.source, { filename: 'router-script' })
    // The source itself is sound, so the error came from running it.
    return verdict.replace('"reason":"syntax"', '"reason":"threw"')
  } catch (error) {
    const pattern = /^(.*) \[router-script:(\d+):(\d+)\]$/s
    const [, message, line, column] = pattern.exec(error.message) ?? []
    if (message === undefined) return verdict
    return failure('syntax', message, { line: Number(line), column: Number(column) })
  } finally {
    discard(cell)
  }
}

/** The prelude can count characters only. */
function bounded(verdict) {
  const resultBytes = Buffer.byteLength(verdict) - SUCCESS.length - 1
  if (resultBytes <= settings.resultBytes) return verdict
  return failure('result_too_large', `The result is longer than ${settings.resultBytes} bytes.`)
}
