import type { Mock } from '../mock/start-mock.ts'
import type { Peer } from './peer.ts'

/** The mock itself with nothing in between: what everything else is compared with. */
export function directPeer(mock: Mock): Peer {
  return {
    name: 'direct',
    pid: mock.pid,
    port: mock.port,
    headers: { authorization: 'Bearer x' },
    model: 'gpt-5-mini',
    assertRunning: mock.assertRunning,
  }
}
