// The process that runs router scripts, one job after the other, each in a fresh isolate.
// Plain JavaScript: Node strips types with WebAssembly, which `--jitless` takes away.
//
// On standard input a job is two lines: `{"id","timeoutMs","source"}` and the call, `[{"args","seed"}]`. On standard
// output an answer is one: `{"id","cpuMs","verdict"}`. Reading blocks, so there is no event loop in which anything
// that a script leaves behind could run.
import { buildCell, callAndCollect, cpuMsSince, settings } from './cell.mjs'
import { readLine, writeLine } from './lines.mjs'
import { failure, verdictOf } from './verdict.mjs'

/** For what is not within a job. */
const PATIENT_MS = 2000
const REHEARSAL = [
  'const route = ({ request }) => request.model',
  '[{"args":{"request":{"model":"rehearsed","messages":[]}},"seed":"rehearsal"}]',
  1000,
]
const SUCCESS = '{"ok":true,"value":'
const SYNTAX_FAILURE = '{"ok":false,"reason":"syntax"'

let spareCell = await buildSpareCell()

writeLine('{"ready":true}')
for (;;) {
  const job = JSON.parse(readLine())
  const callJson = readLine()
  const cell = await takeSpareCell()
  const { verdict, cpuMs } = await run(cell, job, callJson)
  writeLine(`{"id":${job.id},"cpuMs":${cpuMs},"verdict":${verdict}}`)
  cell.discard()
  spareCell ??= await buildSpareCell()
}

/** With a script of our own it has gone the way of a job, of which engines compile each step when it is first taken. */
async function buildSpareCell() {
  const cell = await buildCell()
  cell.call('start', REHEARSAL, PATIENT_MS)
  return cell
}

async function takeSpareCell() {
  const cell = spareCell ?? (await buildCell())
  spareCell = undefined
  return cell
}

async function run(cell, job, callJson) {
  const args = [job.source, callJson, settings.resultBytes]
  let verdict
  const before = process.threadCpuUsage()
  try {
    verdict = callAndCollect(cell, 'start', args, job.timeoutMs)
  } catch (error) {
    verdict = verdictOf(error)
  }
  const cpuMs = cpuMsSince(before)
  if (verdict.startsWith(SYNTAX_FAILURE)) verdict = await placed(verdict, job)
  if (verdict.startsWith(SUCCESS)) verdict = bounded(verdict)
  return { verdict, cpuMs }
}

/** Adds the place of a syntax error, which only compiling apart from `eval` tells. */
async function placed(verdict, job) {
  const cell = await takeSpareCell()
  const fault = cell.syntaxFault(job.source)
  cell.discard()
  // The source itself is sound, so the error came from running it.
  if (!fault) return verdict.replace('"reason":"syntax"', '"reason":"threw"')
  const { message, ...place } = fault
  return 'line' in place ? failure('syntax', message, place) : verdict
}

/** The prelude can count characters only. */
function bounded(verdict) {
  const resultBytes = Buffer.byteLength(verdict) - SUCCESS.length - 1
  if (resultBytes <= settings.resultBytes) return verdict
  return failure('result_too_large', `The result is longer than ${settings.resultBytes} bytes.`)
}
