import { GatewayError, type McpLink, type McpPeer, type McpServer } from '#core'

/** A server that could be reached. */
export interface Reached {
  readonly server: McpServer
  readonly link: McpLink
}

/** The links of one client to the servers it uses: each made when it is first needed. */
export interface Links {
  /** Throws the GatewayError of a server that can not be reached. */
  of(server: McpServer): Promise<McpLink>
  /**
   * Asks all side by side; those that can not be reached are left out. One that has failed before is
   * tried again beside it: it delays nobody twice, and is there for the next who asks.
   */
  all(servers: readonly McpServer[]): Promise<readonly Reached[]>
  /** Is told of the fault of a server, so that a dead one is not waited for again. */
  failed(server: McpServer, fault: unknown): void
  /** Those that were made, and still stand. */
  made(): readonly Reached[]
  /** Gives all of them back. */
  release(): void
}

/** Servers that could not be reached when somebody last tried, whoever it was. */
const unreachable = new WeakSet<McpServer>()
const UNREACHABLE: readonly string[] = ['mcp_server_unavailable', 'mcp_timeout']

/** `returned` is told when a server that had failed can be reached again. */
export function createLinks(
  peerOf: (server: McpServer) => McpPeer,
  returned: () => void = () => undefined,
): Links {
  const pending = new Map<McpServer, Promise<McpLink>>()
  const made = new Map<McpServer, McpLink>()
  let isOver = false

  function of(server: McpServer): Promise<McpLink> {
    const known = pending.get(server)
    if (known) return known
    const connecting = connect(server)
    pending.set(server, connecting)
    return connecting
  }

  async function connect(server: McpServer): Promise<McpLink> {
    try {
      const link = await server.connect(peerOf(server))
      unreachable.delete(server)
      if (isOver) link.release()
      else made.set(server, link)
      return link
    } catch (error) {
      // The next one who asks tries again: the server itself knows when that is worth it.
      pending.delete(server)
      failed(server, error)
      throw error
    }
  }

  function failed(server: McpServer, fault: unknown): void {
    if (!(fault instanceof GatewayError) || !UNREACHABLE.includes(fault.code)) return
    unreachable.add(server)
    made.get(server)?.release()
    made.delete(server)
    pending.delete(server)
  }

  /** A server that was changed is another one from then on: the link to what it was is given back. */
  function forgetOthers(servers: readonly McpServer[]): void {
    const wanted = new Set(servers)
    for (const [server, link] of made) {
      if (wanted.has(server)) continue
      made.delete(server)
      pending.delete(server)
      link.release()
    }
  }

  return {
    of,
    async all(servers) {
      forgetOthers(servers)
      // Another client may have found a server unreachable while the link of this one still stands.
      for (const server of servers) if (made.has(server)) unreachable.delete(server)
      const usable = servers.filter((server) => !unreachable.has(server))
      for (const server of servers) {
        if (unreachable.has(server)) void of(server).then(returned, () => undefined)
      }
      const links = await Promise.allSettled(usable.map(of))
      return links.flatMap((outcome, index) => {
        const server = usable[index]
        return outcome.status === 'fulfilled' && server ? [{ server, link: outcome.value }] : []
      })
    },
    failed,
    made: () => [...made].map(([server, link]) => ({ server, link })),
    release() {
      isOver = true
      for (const link of made.values()) link.release()
      made.clear()
      pending.clear()
    },
  }
}
