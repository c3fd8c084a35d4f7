import { setFlagsFromString } from 'node:v8'

import { codeBlock } from '#plugins/guards/code-block'
import { competitors } from '#plugins/guards/competitors'
import { language } from '#plugins/guards/language'
import { length } from '#plugins/guards/length'
import { pii } from '#plugins/guards/pii'
import { profanity } from '#plugins/guards/profanity'
import { promptInjection } from '#plugins/guards/prompt-injection'
import { secrets } from '#plugins/guards/secrets'
import { topic } from '#plugins/guards/topic'
import { urlAllowlist } from '#plugins/guards/url-allowlist'

import { HOSTILE_PIECES, hostileText } from '../plugins/guards/hostile-texts.ts'
import { createLocalCheck, type LocalCheck } from '../plugins/guards/local-check.ts'

/**
 * What the guards that run in the process cost: microseconds of CPU for a request of 1 KB and of
 * 100 KB, and for the worst of a list of hostile texts of 100,000 characters.
 * Run it with `node test/bench/guards.ts`.
 */
const GUARDS: readonly (readonly [name: string, check: LocalCheck])[] = [
  ['pii', createLocalCheck(pii, {})],
  ['secrets', createLocalCheck(secrets, {})],
  ['prompt_injection', createLocalCheck(promptInjection, {})],
  ['url_allowlist', createLocalCheck(urlAllowlist, { allowed_hosts: ['example.com'] })],
  ['code_block', createLocalCheck(codeBlock, {})],
  ['competitors', createLocalCheck(competitors, { competitors: ['Acme', 'Big Corp', 'Initech'] })],
  ['topic', createLocalCheck(topic, { forbidden_topics: ['politics', 'religion', 'weapons'] })],
  ['language', createLocalCheck(language, { allowed_languages: ['English'] })],
  ['profanity', createLocalCheck(profanity, {})],
  ['length', createLocalCheck(length, { max_characters: 1_000_000, max_words: 1_000_000 })],
]

const SENTENCES =
  'Could you please help me plan a week in Lisbon with two children? We like museums, good food and ' +
  'quiet evenings. The flight arrives on 12 March at 10:30 and the hotel costs 140.50 a night. ' +
  'My sister, who lives near the river, says that the trams are slow but worth it. '
const LARGE_LENGTH = 100_000

function textOf(characters: number): string {
  return SENTENCES.repeat(Math.ceil(characters / SENTENCES.length)).slice(0, characters)
}

function cpuMicros(work: () => void, times: number): number {
  for (let time = 0; time < Math.min(times, 50); time++) work()
  const before = process.cpuUsage().user
  for (let time = 0; time < times; time++) work()
  return (process.cpuUsage().user - before) / times
}

function worst(check: LocalCheck): readonly [micros: number, piece: string] {
  let slowest: [number, string] = [0, '']
  for (const piece of HOSTILE_PIECES) {
    const text = hostileText(piece)
    const micros = cpuMicros(() => check(text), 3)
    if (micros > slowest[0]) slowest = [micros, piece]
  }
  return slowest
}

function column(value: number | string): string {
  return (typeof value === 'number' ? value.toFixed(0) : value).padStart(12)
}

function main(): void {
  // So that no background compilation is counted with the work.
  setFlagsFromString('--single-threaded-gc')
  const small = textOf(1024)
  const large = textOf(LARGE_LENGTH)
  const lines = [
    `${'guard'.padEnd(18)}${['1 KB µs', '100 KB µs', 'hostile µs'].map(column).join('')}  worst piece`,
  ]
  let ofSmall = 0
  let ofLarge = 0
  for (const [name, check] of GUARDS) {
    const smallMicros = cpuMicros(() => check(small), 2000)
    const largeMicros = cpuMicros(() => check(large), 30)
    const [hostileMicros, piece] = worst(check)
    ofSmall += smallMicros
    ofLarge += largeMicros
    const columns = [smallMicros, largeMicros, hostileMicros].map(column).join('')
    lines.push(`${name.padEnd(18)}${columns}  ${JSON.stringify(piece)}`)
  }
  lines.push(`${'together'.padEnd(18)}${[ofSmall, ofLarge].map(column).join('')}`)
  process.stdout.write(`${lines.join('\n')}\n`)
}

main()
