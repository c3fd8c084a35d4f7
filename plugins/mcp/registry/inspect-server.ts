import type { McpLink, McpPeer, McpServer } from '#core'

/** Uses a server for one thing, and gives its link back. */
export async function withLink<Result>(
  server: McpServer,
  peer: McpPeer,
  work: (link: McpLink) => Promise<Result>,
): Promise<Result> {
  const link = await server.connect(peer)
  try {
    return await work(link)
  } finally {
    link.release()
  }
}

/** What a server is and offers, asked of itself. In words of the wire. */
export interface Inspection {
  readonly name: string
  readonly protocol_version: string
  readonly instructions: string | null
  readonly capabilities: McpLink['capabilities']
  readonly tools: Awaited<ReturnType<McpLink['tools']>>
  readonly prompts: Awaited<ReturnType<McpLink['prompts']>>
  readonly resources: Awaited<ReturnType<McpLink['resources']>>
}

/** Connects to a server and reads its lists. Throws a GatewayError when it fails. */
export function inspectServer(server: McpServer, peer: McpPeer): Promise<Inspection> {
  return withLink(server, peer, async (link) => {
    const { capabilities, instructions = null, protocolVersion } = link
    const [tools, prompts, resources] = await Promise.all([
      capabilities.tools ? link.tools(peer.signal) : [],
      capabilities.prompts ? link.prompts(peer.signal) : [],
      capabilities.resources ? link.resources(peer.signal) : [],
    ])
    const { name } = server
    const facts = { name, protocol_version: protocolVersion, instructions, capabilities }
    return { ...facts, tools, prompts, resources }
  })
}
