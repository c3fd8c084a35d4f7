import type { Caller, McpDirectory, McpServer } from '#core'

/** What a URL shows: one server, or all that its caller may use. */
export interface Scope {
  /** The name of the one server; undefined for all of them. */
  readonly name: string | undefined
  /** In the order of the config file; those that are switched off are not among them. */
  servers(): readonly McpServer[]
}

/** Reads the directory anew each time: servers come and go while a session lasts. */
export function createScope(
  directory: McpDirectory,
  caller: Caller,
  name: string | undefined,
): Scope {
  const { projectId } = caller
  if (name !== undefined) {
    return { name, servers: () => [directory.get(name, projectId)] }
  }
  return {
    name,
    servers: () => directory.list(projectId).filter((one) => one.status().state !== 'disabled'),
  }
}
