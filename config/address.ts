/** The address to call a server at that listens on a host and a port. */
export function addressOf(host: string, port: number): string {
  // Where to listen on all sides is no place to call.
  const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`
}
