import { createHmac } from 'node:crypto'

/** The headers that prove who sends a body, and when. */
export function signBody(body: string, secret: string): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(Date.now() / 1000))
  const signature = createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')
  return { 'x-tapgate-timestamp': timestamp, 'x-tapgate-signature': `sha256=${signature}` }
}
