import { once } from 'node:events'
import { createServer } from 'node:net'

/**
 * A free port of 127.0.0.1 for a server that goes and comes back. It lies below those that the system gives
 * to whoever asks for any (32768 and up on Linux), so no other test gets it in between.
 */
export async function findPort(): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    const port = 10_000 + Math.floor(Math.random() * 22_000)
    const server = createServer()
    try {
      await once(server.listen(port, '127.0.0.1'), 'listening')
      return port
    } catch (error) {
      if (attempt === 20) throw error
    } finally {
      server.close()
    }
  }
}
