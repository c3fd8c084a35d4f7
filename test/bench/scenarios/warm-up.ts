import type { LoadJob } from '../load/protocol.ts'
import { chatRequest } from '../peers/request.ts'
import { noteFailures, observe } from './observe.ts'
import type { ReadyPeer, Stage } from './scenario.ts'

/** Gets a peer's code compiled and its connections open, with plain requests and then with streams. */
export async function warmUp(peer: ReadyPeer, stage: Stage): Promise<void> {
  const { warmUp: plan, saturation, streams } = stage.plan
  const job: LoadJob = {
    kind: 'closed-loop',
    target: { port: peer.port, request: chatRequest(peer, false) },
    connections: saturation.connections,
    answerBytes: peer.answerBytes,
    requests: plan.requests,
  }
  noteFailures(stage, peer, job, await stage.crew.finish(job))
  stage.mock.shape(streams.shape)
  await observe(
    stage,
    peer,
    {
      kind: 'streams',
      target: { port: peer.port, request: chatRequest(peer, true) },
      streams: streams.streams,
      spreadMs: 0,
      eventsPerStream: streams.shape.events,
    },
    { runInMs: 0, measureMs: plan.streamsMs },
  )
}
