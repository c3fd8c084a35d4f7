import { plainText } from '../mock/answers.ts'
import type { Peer } from './peer.ts'

const bodyBytes = 700
const probeTimeoutMs = 10_000
const path = '/v1/chat/completions'

/**
 * A whole HTTP request for a plain or streamed chat completion, with a body of 700 bytes; a script in it chooses
 * the model.
 */
export function chatRequest(peer: Peer, isStream: boolean, script?: string): string {
  const body = chatBody(peer.model, isStream, script)
  const headers = {
    host: `127.0.0.1:${peer.port}`,
    'content-type': 'application/json',
    ...peer.headers,
    'content-length': Buffer.byteLength(body),
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return `POST ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`
}

/** Checks that a peer passes the mock's answer on, and says how long its answers are, in bytes. */
export async function probe(peer: Peer): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${peer.port}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'accept-encoding': 'identity', ...peer.headers },
    body: chatBody(peer.model, false),
    signal: AbortSignal.timeout(probeTimeoutMs),
  })
  const answer = await response.text()
  if (response.status !== 200 || !answer.includes(plainText)) {
    throw new Error(`${peer.name} answered ${response.status}: ${answer.slice(0, 500)}`)
  }
  return Buffer.byteLength(answer)
}

function chatBody(model: string, isStream: boolean, script?: string): string {
  const write = (question: string): string =>
    JSON.stringify({
      model,
      messages: [
        { role: 'system', content: 'You answer briefly and to the point.' },
        { role: 'user', content: question },
      ],
      ...(script === undefined ? {} : { router: { type: 'script', script } }),
      ...(isStream ? { stream: true, stream_options: { include_usage: true } } : {}),
    })
  const questionBytes = bodyBytes - Buffer.byteLength(write(''))
  return write('What would you like to know about the sea? '.repeat(20).slice(0, questionBytes))
}
