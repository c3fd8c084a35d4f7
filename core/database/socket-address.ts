import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { PatientSocket } from './patient-socket.ts'

/** The path of a unix socket may have 104 bytes on macOS and 108 on Linux, with a zero at the end. */
const pathLimitBytes = 100

/** The name that PostgreSQL's own tools look for: `psql -h .tapgate -U postgres` works. */
const socketName = '.s.PGSQL.5432'

const isWindows = process.platform === 'win32'

/** An address that only this user can connect to. `release` it when nothing listens there any more. */
export interface SocketAddress {
  readonly address: string
  release(): void
}

/** Chooses where the database of this folder listens: in the folder itself, if its path is short enough. */
export function chooseAddress(folder: string): SocketAddress {
  if (isWindows) return { address: `\\\\.\\pipe\\tapgate-${randomUUID()}`, release() {} }
  const address = join(folder, socketName)
  if (Buffer.byteLength(address) <= pathLimitBytes) return { address, release() {} }
  const shorter = mkdtempSync(join(tmpdir(), 'tapgate-'))
  return {
    address: join(shorter, socketName),
    release: () => rmSync(shorter, { recursive: true, force: true }),
  }
}

/** Removes what a process that was killed left at the address, so that another may listen there. */
export function clearAddress(address: string): void {
  if (!isWindows) rmSync(address, { force: true })
}

/** A socket for `pg`, which knows hosts and ports only: it connects here, whatever it is told. */
export class AddressSocket extends PatientSocket {
  readonly #address: string

  constructor(address: string) {
    super()
    this.#address = address
  }

  override connect(): this {
    return super.connect(this.#address)
  }
}
