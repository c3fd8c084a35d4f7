/**
 * Holds the sandboxes of router scripts to their figures, against a running gateway:
 * `npm run test:sandbox`, or with `-- --only corpus`, `flood` or `mutants`, `--engine quickjs`, and
 * `--share 0.05` for a shorter run. Linux only. Ends with 1 when a bound is missed.
 */
import { parseArgs } from 'node:util'

import { besiege, type Besieged } from './besieged.ts'
import { damageOf, figuresOf, type Finding } from './goals.ts'
import { flood, sendCorpus, sendMutants, type Siege } from './trials.ts'

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    engine: { type: 'string', default: 'isolated-vm' },
    share: { type: 'string', default: '1' },
  },
})
const share = Number(values.share)
const FLOOD_PER_SECOND = 200

interface Trial {
  readonly name: string
  readonly title: string
  run(gateway: Besieged): Promise<Siege>
  findings(siege: Siege): readonly Finding[]
}

const trials: readonly Trial[] = [
  {
    name: 'corpus',
    title: 'The whole corpus, one script after the other',
    run: sendCorpus,
    findings: (siege) => figuresOf(siege, { verdictMs: 400, growthMb: 20, heldMs: 50 }),
  },
  {
    name: 'flood',
    title: `${10_000 * share} hostile scripts at ${FLOOD_PER_SECOND}/s from three tenants`,
    run: (gateway) => flood(gateway, 10_000 * share, FLOOD_PER_SECOND),
    findings: (siege) => figuresOf(siege, { p99Ms: 20 }),
  },
  {
    name: 'mutants',
    title: `${20_000 * share} scripts made at random`,
    run: (gateway) => sendMutants(gateway, 20_000 * share),
    findings: (siege) => figuresOf(siege, {}),
  },
]

const print = (text: string): void => void process.stdout.write(`${text}\n`)

function printFindings(findings: readonly Finding[]): boolean {
  for (const { title, measured, most } of findings) {
    const bound =
      most === Infinity ? '' : `, at most ${most}: ${measured <= most ? 'met' : 'MISSED'}`
    print(`  ${title}: ${Number(measured.toFixed(1))}${bound}`)
  }
  return findings.every(({ measured, most }) => measured <= most)
}

print(`Node ${process.versions.node}, ${values.engine}`)
let isMet = true
for (const trial of trials) {
  if (values.only !== undefined && values.only !== trial.name) continue
  await using gateway = await besiege({ engine: values.engine })
  const startedAt = performance.now()
  const siege = await trial.run(gateway)
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(0)
  print(`\n${trial.title} (${seconds} s, ${siege.neighbourhood.answers} answers to neighbours)`)
  isMet = printFindings([...damageOf(siege), ...trial.findings(siege)]) && isMet
  print(`  ${JSON.stringify(siege.reasons)}`)
  for (const fault of siege.faults.slice(0, 10)) print(`  ${fault}`)
  for (const wrong of siege.neighbourhood.wrong.slice(0, 10)) print(`  ${JSON.stringify(wrong)}`)
}
process.exitCode = isMet ? 0 : 1
