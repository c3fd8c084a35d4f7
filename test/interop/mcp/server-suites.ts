import { runConformance } from './conformance.ts'
import { startConformanceFixture } from './fixture-server.ts'
import { startConformanceGateway } from './gateway.ts'
import type { Suite } from './suite.ts'

type Revision = '2025-11-25' | '2026-07-28'

/** The gateway as a server of one revision, in front of a server of the same or another one. */
function serverSuite(client: Revision, upstream: Revision): Suite {
  return {
    name: `server, ${client}, in front of a server of ${upstream}`,
    isQuick: client === upstream,
    async run() {
      await using fixture = await startConformanceFixture(upstream)
      await using gateway = await startConformanceGateway(fixture.url)
      const url = `${gateway.url}/mcp/fixture`
      return await runConformance(['server', '--url', url, '--requirements', client])
    },
  }
}

/**
 * What a client of 2026-07-28 is asked by a server of 2025 has keys of the gateway's own, so that pair
 * is tested elsewhere: the suite looks for the fixture's keys.
 */
export const serverSuites: readonly Suite[] = [
  serverSuite('2025-11-25', '2025-11-25'),
  serverSuite('2026-07-28', '2026-07-28'),
  serverSuite('2025-11-25', '2026-07-28'),
]
