import type { LoadJob } from '../load/protocol.ts'
import { chatRequest } from '../peers/request.ts'
import { observe } from './observe.ts'
import type { ReadyPeer, Stage } from './scenario.ts'

/**
 * Gets the peers' code compiled and their connections open. V8 goes on compiling for about a hundred thousand requests,
 * and does so again for what it has not seen: so they take turns as they do when they are measured, with rounds whose
 * end breaks off what runs, and rests in which what is kept grows old.
 */
export async function warmUp(peers: readonly ReadyPeer[], stage: Stage): Promise<void> {
  stage.mock.shape(stage.plan.streams.shape)
  for (let round = 0; round < stage.plan.warmUp.rounds; round += 1) {
    for (const peer of peers) await warmUpOnce(peer, stage)
  }
}

async function warmUpOnce(peer: ReadyPeer, stage: Stage): Promise<void> {
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
  await observe(stage, peer, plain, { runInMs: 0, measureMs: plan.plainMs })
  await observe(stage, peer, streamed, { runInMs: 0, measureMs: plan.streamsMs })
}
