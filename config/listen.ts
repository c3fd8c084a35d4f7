import type { Server } from '../core/server.ts'
import { SetupError } from '../core/setup-error.ts'

/** Takes requests at the address, or throws a SetupError that says what to set. */
export async function listen(server: Server, port: number, host: string): Promise<number> {
  try {
    return (await server.listen(port, host)).port
  } catch (error) {
    throw listenFault(error, port, host)
  }
}

function listenFault(cause: unknown, port: number, host: string): SetupError {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  if (code === 'EADDRINUSE') {
    return new SetupError(
      'port_taken',
      `Port ${port} of ${host} is taken by another program.`,
      `Stop it, or set PORT to another one: "PORT=${port + 1} npm start".`,
      { cause },
    )
  }
  if (code === 'EACCES') {
    return new SetupError(
      'port_forbidden',
      `This user may not listen on port ${port}.`,
      'Set PORT to a number above 1023.',
      { cause },
    )
  }
  return new SetupError(
    'address_unusable',
    `The gateway cannot listen on ${host}: ${cause instanceof Error ? cause.message : String(cause)}.`,
    'Set HOST to an address of this machine: 127.0.0.1, or 0.0.0.0 for all of them.',
    { cause },
  )
}
