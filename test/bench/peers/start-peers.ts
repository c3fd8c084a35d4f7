import type { Layout } from '../machine.ts'
import type { Mock } from '../mock/start-mock.ts'
import { startBare } from './bare.ts'
import { directPeer } from './direct.ts'
import type { Peer, PeerName } from './peer.ts'
import { startPortkey } from './portkey.ts'
import { startTapgate } from './tapgate.ts'

/** What the peers are started with. */
export interface Surroundings {
  readonly layout: Layout
  readonly mock: Mock
  /** A folder that is thrown away after the run. */
  readonly folder: string
  /** The most requests that are open at once. */
  readonly mostConnections: number
}

/** Starts the named peers one after the other; throws as soon as one cannot be started. */
export async function startPeers(
  names: readonly PeerName[],
  { layout, mock, folder, mostConnections }: Surroundings,
): Promise<Peer[]> {
  const starts: Record<PeerName, () => Peer | Promise<Peer>> = {
    direct: () => directPeer(mock),
    bare: () => startBare(layout, mock.port, mostConnections),
    tapgate: () => startTapgate(layout, mock.port, folder),
    portkey: () => startPortkey(layout, mock.port),
  }
  const peers: Peer[] = []
  for (const name of names) {
    try {
      peers.push(await starts[name]())
    } catch (cause) {
      const way = name === 'direct' ? '' : ` Leave it out with --without ${name}.`
      throw new Error(`"${name}" could not be started.${way}`, { cause })
    }
  }
  return peers
}
