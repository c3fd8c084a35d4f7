import type { Answer } from './answer.ts'
import { GatewayError } from './errors.ts'
import { payloadFromValue } from './payload.ts'
import type { AnyAnswer, AnyChunk, AnyRequest, Call, Local, InferenceName } from './provider.ts'
import { StreamEvent } from './sse.ts'
import type { Target } from './target.ts'

/** Asks a provider that runs in this process. A stream's first chunk is awaited, so that it can fail. */
export async function callLocal(
  operation: Local<InferenceName>,
  request: AnyRequest,
  target: Target,
  call: Call,
): Promise<Answer> {
  // The operation, the request and the answer are of one kind: the caller looked them up together.
  const local = operation as {
    run(request: AnyRequest, call: Call): AnyAnswer | Promise<AnyAnswer>
    stream?(request: AnyRequest, call: Call): AsyncIterable<AnyChunk>
  }
  try {
    if (!call.stream || !local.stream) {
      const value = await local.run(request, call)
      return { kind: 'whole', target, payload: payloadFromValue(value), degraded: [] }
    }
    const chunks = local.stream(request, call)[Symbol.asyncIterator]()
    const first = await chunks.next()
    return { kind: 'stream', target, events: eventsOf(first, chunks), degraded: [] }
  } catch (error) {
    throw nameFault(error, target)
  }
}

/** A fault that a provider did not foresee is one like another: the next target may do better. */
function nameFault(error: unknown, { provider, model }: Target): GatewayError {
  if (error instanceof GatewayError) return error
  return new GatewayError('plugin_error', `The provider "${provider}" failed.`, {
    cause: error,
    details: { provider, model },
  })
}

async function* eventsOf(
  first: IteratorResult<AnyChunk>,
  rest: AsyncIterator<AnyChunk>,
): AsyncGenerator<readonly StreamEvent<AnyChunk>[]> {
  try {
    for (let next = first; !next.done; next = await rest.next()) {
      yield [StreamEvent.of(next.value)]
    }
  } finally {
    await rest.return?.()
  }
}
