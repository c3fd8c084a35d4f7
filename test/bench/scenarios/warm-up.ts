import type { LoadJob } from '../load/protocol.ts'
import { chatRequest } from '../peers/request.ts'
import { observe } from './observe.ts'
import type { ReadyPeer, Stage } from './scenario.ts'

/**
 * Gets a peer's code compiled and its connections open. V8 goes on compiling for about a hundred thousand requests,
 * and does so again for what it has not seen: the end of a round, which breaks off what runs, is seen as often.
 */
export async function warmUp(peer: ReadyPeer, stage: Stage): Promise<void> {
  const { warmUp: plan, saturation, streams } = stage.plan
  const plain: LoadJob = {
    kind: 'closed-loop',
    target: { port: peer.port, request: chatRequest(peer, false) },
    connections: saturation.connections,
    answerBytes: peer.answerBytes,
  }
  const streamed: LoadJob = {
    kind: 'streams',
    target: { port: peer.port, request: chatRequest(peer, true) },
    streams: streams.streams,
    spreadMs: 0,
    eventsPerStream: streams.shape.events,
  }
  stage.mock.shape(streams.shape)
  for (let round = 0; round < plan.rounds; round += 1) {
    await observe(stage, peer, plain, { runInMs: 0, measureMs: plan.plainMs })
    await observe(stage, peer, streamed, { runInMs: 0, measureMs: plan.streamsMs })
  }
}
