// Writes rows into a spool, then dies without a word, lives until it is killed, or reads them back.
import { createLogger } from '../../../../core/logger.ts'
import { createSpool } from '../../../../plugins/usage/ledger/spool.ts'

const [, , folder = '', count = '0', then = ''] = process.argv
const spool = createSpool(folder, createLogger('silent'))
for (let index = 0; index < Number(count); index++) {
  spool.append({ text: JSON.stringify({ index, padding: process.argv[5] ?? '' }), count: 1 })
}

if (then === 'die') process.kill(process.pid, 'SIGKILL')
if (then === 'live') {
  process.stdout.write('written\n')
  process.stdin.resume()
}
if (then === 'drain') {
  for await (const texts of spool.batches(1000)) process.stdout.write(`${texts.join('\n')}\n`)
}
