import { clientSuites } from './client-suite.ts'
import { serverSuites } from './server-suites.ts'
import type { ScenarioResult, Suite } from './suite.ts'

/** All suites, in the order in which they run. */
const suites: readonly Suite[] = [...serverSuites, ...clientSuites]

const isQuick = process.argv.includes('--quick')
let isFailed = false
for (const suite of suites) {
  if (isQuick && !suite.isQuick) continue
  const results = await suite.run()
  if (results.some((result) => result.isScored && result.failed > 0)) isFailed = true
  print(suite, results)
}
process.exitCode = isFailed ? 1 : 0

function print(suite: Suite, results: readonly ScenarioResult[]): void {
  const width = Math.max(...results.map(({ name }) => name.length))
  const scored = results.filter(({ isScored }) => isScored)
  const good = scored.filter(({ failed }) => failed === 0)
  const lines = results.map(({ name, passed, failed, isScored }) => {
    const outcome = failed === 0 ? 'passed' : isScored ? 'FAILED' : 'failed (not scored)'
    return `  ${name.padEnd(width)}  ${String(passed).padStart(3)} of ${passed + failed}  ${outcome}`
  })
  const title = `${suite.name}: ${good.length} of ${scored.length} scored scenarios pass`
  process.stdout.write(`${title}\n${lines.join('\n')}\n\n`)
}
