/**
 * A real PostgreSQL for Tapgate's ledger, thrown away afterwards. Runs as a child of the benchmark, which pins it to a
 * core together with all the processes PostgreSQL starts: `node database.ts <folder>`.
 */
import { startPostgres } from '../../helpers/postgres-server.ts'
import { tellRun } from '../messages.ts'

const [folder = ''] = process.argv.slice(2)
const server = await startPostgres(folder)

async function stop(): Promise<void> {
  await server.stop()
  process.exit(0)
}

process.on('disconnect', () => void stop())

const { port } = new URL(await server.createDatabase())
tellRun({ kind: 'listening', port: Number(port) })
