/** Stands between the server and its own name of a thing: no server's name holds it. */
const SEPARATOR = '__'

/** The name of a tool or prompt among those of many servers: `files__read_file`. */
export function qualify(server: string, name: string): string {
  return server + SEPARATOR + name
}

/** Takes a name of many servers apart; undefined when it is none. */
export function unqualify(qualified: string): { server: string; name: string } | undefined {
  const at = qualified.indexOf(SEPARATOR)
  if (at < 1) return undefined
  return { server: qualified.slice(0, at), name: qualified.slice(at + SEPARATOR.length) }
}
