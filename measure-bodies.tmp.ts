import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createDatabase } from './core/database.ts'
import { createLogger } from './core/logger.ts'
import { migrate } from './core/migrations.ts'
import { payloadFromText } from './core/payload.ts'
import { WholeSaid } from './core/said.ts'
import { ledger } from './plugins/usage/ledger.ts'
import { toBodyRow } from './plugins/usage/ledger/body-row.ts'
import { startPostgres } from './test/helpers/postgres-server.ts'
import { usageRecord } from './test/plugins/usage/usage-record.ts'

const words = 'the quick brown fox jumps over a lazy dog while the task of asking for risk tasks basks desk based answers goes on'.split(' ')
let text = ''
for (let i = 0; text.length < 2000; i++) text += words[(i * 7 + i * i) % words.length] + (i % 13 ? ' ' : '\n')
const bytes = Buffer.from(JSON.stringify({ model: 'openai/gpt-4o', messages: [{ role: 'system', content: 'You are a helpful assistant.' }, { role: 'user', content: text.slice(0, 540) }], temperature: 0.7, max_tokens: 256 }))
const answerText = JSON.stringify({ id: 'chatcmpl-9aB8cD7eF6gH5iJ4kL3mN2oP1qR0', object: 'chat.completion', created: 1700000000, model: 'gpt-4o-2024-08-06', choices: [{ index: 0, message: { role: 'assistant', content: text.slice(0, 730) }, finish_reason: 'stop', logprobs: null }], usage: { prompt_tokens: 100, completion_tokens: 200, total_tokens: 300 } })
console.log('request', bytes.length, 'answer', answerText.length)
const request = JSON.parse(bytes.toString())
function finished() {
  const record = usageRecord()
  const b = Buffer.from(bytes)
  const said = new WholeSaid(payloadFromText(Buffer.from(answerText).toString()))
  const exchange = { headers: {}, request, bytes: b }
  return { record, finished: { exchange, record, request, answer: () => said.answer(), answerText: () => said.answerText() } as never }
}
const N = Number(process.argv[2] ?? 20000)
// 1. the row alone
{
  const many = Array.from({ length: 5000 }, finished)
  for (const one of many) toBodyRow(one.finished)
  for (let round = 0; round < 3; round++) {
    const s = process.cpuUsage(); const m = performance.now()
    for (const one of many) toBodyRow(one.finished)
    const c = process.cpuUsage(s)
    console.log('toBodyRow', ((c.user + c.system) / 5000).toFixed(2), 'us cpu', ((performance.now() - m) / 5).toFixed(2), 'us wall')
  }
}
const folder = mkdtempSync(join(tmpdir(), 'tapgate-measure-'))
;(await import('node:fs')).chmodSync(folder, 0o755)
const server = await startPostgres(join(folder, 'pg'))
for (const mode of ['off', 'on', 'off', 'on', 'off', 'on']) {
  const database = createDatabase({ url: await server.createDatabase(), folder: '' })
  const { plugin } = ledger()
  const dataFolder = mkdtempSync(join(folder, 'data-'))
  const given = plugin.setup({ options: mode === 'on' ? {} : { bodies: { store: false, days: 30 } }, log: createLogger('silent'), database, dataFolder, services: {} } as never)
  await database.open()
  await migrate(database, [{ plugin: plugin.name, folder: given.migrations! }])
  await given.start?.()
  const usage = given.hooks!.usage as (record: unknown) => void
  const post = given.hooks!.postResponse as ((f: unknown) => void) | undefined
  const many = Array.from({ length: N }, finished)
  const s = process.cpuUsage(); const m = performance.now()
  let i = 0
  while (i < N) {
    // eight exchanges end in a turn of the loop, about 2,000 a second
    for (let k = 0; k < 8 && i < N; k++, i++) { usage(many[i]!.record); post?.(many[i]!.finished) }
    await sleep(2)
  }
  await given.stop?.()
  const c = process.cpuUsage(s)
  console.log(mode.padEnd(4), ((c.user + c.system) / N).toFixed(2), 'us cpu per request (user', (c.user / N).toFixed(1), 'system', (c.system / N).toFixed(1) + ')', ((performance.now() - m) / 1000).toFixed(1), 's')
  const [n] = await database.query<{ b: number; r: number }>('select (select count(*) from bodies) b, (select count(*) from requests) r')
  console.log('   ', n)
  await database.close()
}
await server.stop()
rmSync(folder, { recursive: true, force: true })
