import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Gives each client of the suite its turn and a database of its own, until the client hangs up. */
export interface ClientPlaces {
  /** Answers with the address of the database, as soon as it is the client's turn. */
  readonly url: string
  stop(): Promise<void>
}

/** The suite starts the clients of all scenarios at once; so many of them work at the same time. */
const CLIENTS_AT_ONCE = 3

export async function startClientPlaces(
  createDatabase: () => Promise<string>,
): Promise<ClientPlaces> {
  const waiting: ServerResponse[] = []
  let atWork = 0

  function next(): void {
    const response = atWork < CLIENTS_AT_ONCE ? waiting.shift() : undefined
    if (!response) return
    atWork++
    response.once('close', () => {
      atWork--
      next()
    })
    createDatabase().then(
      // The answer stays open: the client's turn ends with it.
      (url) => response.write(url),
      () => response.destroy(),
    )
    next()
  }

  const server = createServer((_request, response) => {
    waiting.push(response)
    next()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}
