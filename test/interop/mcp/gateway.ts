import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { mcpEndpoint } from '#plugins/mcp/endpoint'
import { mcp } from '#plugins/mcp/mcp'

import { createDatabase } from '../../../core/database.ts'
import { createGateway } from '../../../core/gateway.ts'
import { createLogger } from '../../../core/logger.ts'
import { checkOptions } from '../../../core/options.ts'
import { createServer } from '../../../core/server.ts'

/** A gateway in front of one MCP server. */
export interface ConformanceGateway extends AsyncDisposable {
  /** `http://127.0.0.1:1234`, without a path. */
  readonly url: string
}

/** Starts a gateway that asks for no key and keeps nothing. */
export async function startConformanceGateway(upstream: string): Promise<ConformanceGateway> {
  const dataFolder = mkdtempSync(join(tmpdir(), 'tapgate-conformance-'))
  const entries = [mcp.http({ name: 'fixture', url: upstream }), mcpEndpoint()]
  const gateway = createGateway({
    plugins: entries.map((entry) => ({
      plugin: entry.plugin,
      options: checkOptions(entry).options,
    })),
    settings: {},
    log: createLogger('warn'),
    // None of these plugins needs it, so it is never opened.
    database: createDatabase({ folder: dataFolder }),
    dataFolder,
    environment: {},
  })
  await gateway.start()
  const server = createServer(gateway)
  const { port } = await server.listen(0, '127.0.0.1')
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      await server.close(1000)
      await gateway.stop()
      rmSync(dataFolder, { recursive: true, force: true })
    },
  }
}
