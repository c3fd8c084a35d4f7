import type { GuardSettings } from '../guard.ts'
import type { PluginHost } from '../plugin.ts'
import type { GuardHttp, GuardTools } from './kind.ts'

type Lender = Pick<PluginHost<unknown>, 'ask' | 'environment' | 'log' | 'deriveKey'>

const LARGEST_ANSWER_BYTES = 1024 * 1024

/** What a guard of these settings is lent, by the plugin that makes it. */
export function toolsFor(
  { id, action }: Pick<GuardSettings, 'id' | 'action'>,
  host: Lender,
): GuardTools {
  const { ask, environment, log } = host
  return {
    id,
    action,
    ask,
    http,
    environment,
    log,
    deriveKey: (purpose) => host.deriveKey(purpose),
  }
}

const http: GuardHttp = async ({ url, method, headers, body, signal }) => {
  const { request } = await import('undici')
  const answer = await request(url, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    ...(headers ? { headers } : {}),
    body: body ?? null,
    signal,
  })
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of answer.body) {
    const bytes = Buffer.from(chunk as Uint8Array)
    chunks.push(bytes)
    size += bytes.length
    if (size > LARGEST_ANSWER_BYTES) {
      throw new Error(`The answer has more than ${LARGEST_ANSWER_BYTES} bytes.`)
    }
  }
  const { statusCode: status, headers: answered } = answer
  return { status, headers: answered, text: Buffer.concat(chunks).toString() }
}
