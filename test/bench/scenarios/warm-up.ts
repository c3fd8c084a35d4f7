import { chatRequest } from '../peers/request.ts'
import { observe } from './observe.ts'
import type { ReadyPeer, Stage } from './scenario.ts'

/**
 * Gets a peer's code compiled and its connections open, with plain requests and then with streams. V8 goes on compiling
 * for about a hundred thousand requests.
 */
export async function warmUp(peer: ReadyPeer, stage: Stage): Promise<void> {
  const { warmUp: plan, saturation, streams } = stage.plan
  await observe(
    stage,
    peer,
    {
      kind: 'closed-loop',
      target: { port: peer.port, request: chatRequest(peer, false) },
      connections: saturation.connections,
      answerBytes: peer.answerBytes,
    },
    { runInMs: 0, measureMs: plan.plainMs },
  )
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
