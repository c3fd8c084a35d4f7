import type { EventSource, WholeAnswer } from './answer.ts'
import { disassemble } from './chat/assemble.ts'
import type { AnyChunk, OperationName } from './provider.ts'
import { StreamEvent } from './sse.ts'

/** A whole answer (from a cache, from a model that can not stream) as a stream of a few chunks. */
export function eventsOfWhole(operation: OperationName, { payload }: WholeAnswer): EventSource {
  const chunks = disassemble(operation, payload.value)
  return (async function* () {
    yield chunks.map((chunk) => StreamEvent.of<AnyChunk>(chunk))
  })()
}
