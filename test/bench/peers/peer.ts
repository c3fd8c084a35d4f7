/** The peers that are measured side by side, in the order they are printed. */
export const peerNames = ['direct', 'bare', 'tapgate', 'portkey'] as const

/** One of the peers. */
export type PeerName = (typeof peerNames)[number]

/** What the tables call each peer. */
export const peerTitles: Readonly<Record<PeerName, string>> = {
  direct: 'direct',
  bare: 'bare pipe',
  tapgate: 'Tapgate',
  portkey: 'Portkey',
}

/** How a peer is reached, and the process whose CPU time and memory are its own. */
export interface Peer {
  readonly name: PeerName
  readonly pid: number
  readonly port: number
  /** Headers a request to it carries besides those of every request. */
  readonly headers: Readonly<Record<string, string>>
  /** What the mocked model is called there. */
  readonly model: string
  /** Throws, with the last lines it printed, when the process has ended. */
  readonly assertRunning: () => void
}
