import { GatewayError, type McpDirectory, type McpLink, type McpPeer, type McpServer } from '#core'

/** The servers behind a virtual server, for one peer: each is connected to when it is first needed. */
export interface Members {
  /** The server of this name. Throws `mcp_server_not_found`, also when it is itself virtual. */
  server(name: string): McpServer
  /** The link to it. Throws what connecting to it throws. */
  link(name: string): Promise<McpLink>
  release(): void
}

export function createMembers(mcp: McpDirectory, peer: McpPeer): Members {
  const links = new Map<string, { readonly server: McpServer; readonly link: Promise<McpLink> }>()
  const opened = new Set<McpLink>()
  let isOver = false

  function server(name: string): McpServer {
    return memberNamed(mcp, name, peer.caller.projectId)
  }

  async function connect(to: McpServer): Promise<McpLink> {
    const link = await to.connect(peer)
    if (isOver) link.release()
    else opened.add(link)
    return link
  }

  return {
    server,
    link(name) {
      const current = server(name)
      const known = links.get(name)
      if (known?.server === current) return known.link
      void known?.link.then(close, () => undefined)
      const link = connect(current)
      const entry = { server: current, link }
      links.set(name, entry)
      // The next one who needs it tries again.
      link.catch(() => {
        if (links.get(name) === entry) links.delete(name)
      })
      return link
    },
    release() {
      isOver = true
      for (const link of opened) close(link)
      links.clear()
    },
  }

  function close(link: McpLink): void {
    if (opened.delete(link)) link.release()
  }
}

/** A server that a virtual server may be made of. Throws `mcp_server_not_found`. */
export function memberNamed(
  mcp: McpDirectory,
  name: string,
  projectId: string,
  param?: string,
): McpServer {
  const server = mcp.get(name, projectId, param)
  if (server.transport !== 'virtual') return server
  const message = `"${name}" is a virtual server itself, and virtual servers are made of real ones.`
  throw new GatewayError('mcp_server_not_found', message, param === undefined ? {} : { param })
}
