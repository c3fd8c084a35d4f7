import type { FetchLike } from '@modelcontextprotocol/client'

const LONGEST_MS = 10_000
const LARGEST_ANSWER_BYTES = 256 * 1024
/** A code of RFC 6749, section 5.2. */
const ERROR_CODE = /^[a-z_]{1,64}$/

/**
 * For what an MCP server says of its authorization server, which nobody has vouched for: an answer
 * has to come soon and be small, and of an error only the code is kept. Its words could hold
 * anything, and what the SDK makes of an error is written down.
 */
export function carefulFetch(fetch: FetchLike): FetchLike {
  return async (url, init) => {
    const limit = AbortSignal.timeout(LONGEST_MS)
    const signal = init?.signal ? AbortSignal.any([limit, init.signal]) : limit
    const response = await fetch(url, { ...init, signal })
    const bytes = await readWithin(response)
    const { status, statusText, headers } = response
    const kept = new Headers(headers)
    // The body is decoded already.
    for (const name of ['content-encoding', 'content-length']) kept.delete(name)
    if (NO_BODY.includes(status)) return new Response(null, { status, statusText, headers: kept })
    const isError = status >= 400
    return new Response(isError ? codeOf(bytes) : bytes, { status, statusText, headers: kept })
  }
}

const NO_BODY = [101, 204, 205, 304]

async function readWithin(response: Response): Promise<Buffer<ArrayBuffer>> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.length
    if (size > LARGEST_ANSWER_BYTES) {
      throw new Error(`The answer has more than ${LARGEST_ANSWER_BYTES} bytes.`)
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function codeOf(bytes: Buffer): string {
  try {
    const { error }: { error?: unknown } = JSON.parse(bytes.toString())
    if (typeof error === 'string' && ERROR_CODE.test(error)) return JSON.stringify({ error })
  } catch {
    // Not an OAuth error: a page of some proxy.
  }
  return JSON.stringify({ error: 'server_error' })
}
