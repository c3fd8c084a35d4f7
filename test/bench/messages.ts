/** What a server of the benchmark says once it takes connections. */
export interface Listening {
  readonly kind: 'listening'
  readonly port: number
}

/** Tells a child's `listening` message from its others. */
export const isListening = ofKind<Listening>('listening')

/** The check that a message is of some kinds; both ends are ours, so the kind says the rest. */
export function ofKind<M extends { kind: string }>(
  ...kinds: M['kind'][]
): (message: unknown) => message is M {
  return (message): message is M =>
    typeof message === 'object' &&
    message !== null &&
    'kind' in message &&
    kinds.some((kind) => kind === message.kind)
}

/** In a child: says something to the run. */
export function tellRun(message: object): void {
  process.send?.(message)
}

/** In a child: hears what the run says, if it says anything. */
export function hearRun<M>(
  isWanted: (message: unknown) => message is M,
  hear: (message: M) => void,
): void {
  process.on('message', (message: unknown) => {
    if (isWanted(message)) hear(message)
  })
}

/** In a child: ends the process when the run is gone, however it went. */
export function endWithRun(): void {
  process.on('disconnect', () => process.exit(0))
}
