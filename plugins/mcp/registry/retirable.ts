import type { McpLink, McpServer } from '#core'

import type { RunningServer } from './definition.ts'

/** A server that can be taken out of use while calls of it are still running. */
export interface RetirableServer {
  readonly server: McpServer
  /** Stops it as soon as no call of it runs any more. */
  retire(): void
  /** Stops it at once. */
  stop(): Promise<void>
}

/** Counts what runs, so that a server that was changed or deleted ends nobody's call. */
export function retirable(
  running: RunningServer,
  onFault: (fault: unknown) => void,
): RetirableServer {
  let calls = 0
  let isRetired = false
  let stopped: Promise<void> | undefined

  const stop = (): Promise<void> => (stopped ??= running.stop())

  function stopWhenIdle(): void {
    if (isRetired && calls === 0) stop().catch(onFault)
  }

  async function counted<T>(work: () => Promise<T>): Promise<T> {
    calls += 1
    try {
      return await work()
    } finally {
      calls -= 1
      stopWhenIdle()
    }
  }

  function countedLink(link: McpLink): McpLink {
    return {
      get capabilities() {
        return link.capabilities
      },
      get instructions() {
        return link.instructions
      },
      get protocolVersion() {
        return link.protocolVersion
      },
      tools: (signal) => counted(() => link.tools(signal)),
      prompts: (signal) => counted(() => link.prompts(signal)),
      resources: (signal) => counted(() => link.resources(signal)),
      resourceTemplates: (signal) => counted(() => link.resourceTemplates(signal)),
      callTool: (call, options) => counted(() => link.callTool(call, options)),
      request: (request, options) => counted(() => link.request(request, options)),
      release: () => link.release(),
    }
  }

  const { name, title, description, transport, source, projectId, protection } = running
  return {
    server: {
      name,
      ...(title === undefined ? {} : { title }),
      ...(description === undefined ? {} : { description }),
      ...(protection === undefined ? {} : { protection }),
      transport,
      source,
      projectId,
      status: () => running.status(),
      connect: (peer) => counted(async () => countedLink(await running.connect(peer))),
    },
    retire() {
      isRetired = true
      stopWhenIdle()
    },
    stop,
  }
}
