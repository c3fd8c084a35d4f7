// The process of one script of the operator's. Its isolate stays, and the script's variables with it.
//
// The first line on standard input is `{"source","timeoutMs"}`, answered by `{"fault"}`: null, or the verdict on a
// script that can not be loaded. Then `K` and what to keep, `{"models","metrics"}`, which has no answer; or `C` and
// calls, `[{"args","seed"}, …]`, answered by as many verdicts, or by one on them all.
import { buildCell, callAndCollect, cpuMsSince, settings } from './cell.mjs'
import { readLine, writeLine } from './lines.mjs'
import { failure, verdictOf } from './verdict.mjs'

/** For loading, and for reading a thousand models: neither is within a call. */
const PATIENT_MS = 2000
/** A call out of time that had less than this part of it on a CPU is tried again, with more of it. */
const STARVED_SHARE = 0.8
const LONGEST_PATIENCE = 8
const TIMEOUT = '{"ok":false,"reason":"timeout"'

const { source, timeoutMs } = JSON.parse(readLine())
let kept
let cell

writeLine(`{"fault":${await load()}}`)
for (;;) {
  const line = readLine()
  const json = line.slice(1)
  if (line[0] === 'C') writeLine(`[${await answer(json)}]`)
  else keep(json)
}

async function load() {
  cell?.discard()
  cell = await buildCell()
  try {
    const fault = cell.call('load', [source], PATIENT_MS)
    if (kept !== undefined) keep(kept)
    return fault ?? null
  } catch (error) {
    return verdictOf(error)
  }
}

function keep(json) {
  kept = json
  cell.call('keep', [json], PATIENT_MS)
}

async function answer(callsJson) {
  const args = [callsJson, settings.resultBytes]
  for (let timeout = timeoutMs; ; timeout *= 2) {
    const before = process.threadCpuUsage()
    try {
      return callAndCollect(cell, 'begin', args, timeout).replaceAll('\n', ',')
    } catch (error) {
      const fault = verdictOf(error)
      const cpuMs = cpuMsSince(before)
      // It was cut off anywhere, so nobody knows what its variables hold.
      if ((await load()) !== null) return failure('threw', 'The script could not be loaded again.')
      const wasStarved = fault.startsWith(TIMEOUT) && cpuMs < timeoutMs * STARVED_SHARE
      if (!wasStarved || timeout >= timeoutMs * LONGEST_PATIENCE) return fault
    }
  }
}
