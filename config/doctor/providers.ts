import { request } from 'undici'

import type { Connection, Provider } from '../../core/provider.ts'
import { isDistrusted } from '../../core/upstream-fault.ts'
import { reasonOf, type Finding } from './finding.ts'

const LONGEST_WAIT_MS = 3_000

/** Clocks further apart than this make signed requests and key expiries go wrong. */
const LARGEST_SKEW_MS = 30_000

/** Whether each provider that is on can be reached and takes its key; and what their clocks say. */
export async function checkProviders(providers: readonly Provider[]): Promise<readonly Finding[]> {
  const asked = await Promise.all(
    providers.flatMap((provider) =>
      provider.connection ? [checkProvider(provider, provider.connection)] : [],
    ),
  )
  const skews = asked.flatMap(({ skewMs }) => (skewMs === undefined ? [] : [skewMs]))
  return [...asked.map(({ finding }) => finding), ...checkClock(skews)]
}

interface Asked {
  readonly finding: Finding
  /** How far the provider's clock is ahead of ours. */
  readonly skewMs?: number
}

async function checkProvider(provider: Provider, { baseUrl, headers }: Connection): Promise<Asked> {
  const name = provider.title ?? provider.name
  const url = new URL(baseUrl + (provider.discovery?.path ?? ''))
  try {
    const startedMark = performance.now()
    const signal = AbortSignal.timeout(LONGEST_WAIT_MS)
    const answer = await request(url, { headers, signal })
    const tookMs = Math.ceil(performance.now() - startedMark)
    const skewMs = Date.parse(String(answer.headers['date'])) - Date.now()
    await answer.body.dump()
    return {
      finding: { name, ...judge(answer.statusCode, url.host, tookMs) },
      ...(Number.isFinite(skewMs) && { skewMs }),
    }
  } catch (error) {
    return { finding: { name, status: 'failed', ...judgeFault(error, url.host) } }
  }
}

function judgeFault(error: unknown, host: string): Pick<Finding, 'message' | 'fix'> {
  if (error instanceof Error && 'code' in error && isDistrusted(error.code)) {
    return {
      message: `The certificate of ${host} is not trusted (${String(error.code)}).`,
      fix: 'Where an authority of your own signs certificates, name its file: NODE_EXTRA_CA_CERTS=<file>.',
    }
  }
  return {
    message: `${host} cannot be reached: ${reasonOf(error)}.`,
    fix: 'Check the network, and the base URL of this provider.',
  }
}

/** Any answer shows that it is there; only some say that a request would fail. */
function judge(status: number, host: string, tookMs: number): Omit<Finding, 'name'> {
  if (status === 401 || status === 403) {
    return {
      status: 'failed',
      message: `${host} refuses the key (${status}).`,
      fix: 'Check that the key is whole, belongs to this provider and has not been revoked.',
    }
  }
  if (status >= 500 || status === 429) {
    return {
      status: 'warning',
      message: `${host} answers with ${status}.`,
      fix: 'Try again later; its status page may know more.',
    }
  }
  return { status: 'ok', message: `${host} answers in ${tookMs} ms (${status}).` }
}

/** The smallest skew counts: one provider with a wrong clock says nothing of ours. */
function checkClock(skewsMs: readonly number[]): readonly Finding[] {
  const [skewMs] = skewsMs.toSorted((a, b) => Math.abs(a) - Math.abs(b))
  if (skewMs === undefined) return []
  const seconds = Math.round(Math.abs(skewMs) / 1000)
  if (Math.abs(skewMs) <= LARGEST_SKEW_MS) {
    return [{ name: 'Clock', status: 'ok', message: 'It agrees with those of the providers.' }]
  }
  return [
    {
      name: 'Clock',
      status: 'warning',
      message: `It is ${seconds} s ${skewMs > 0 ? 'behind' : 'ahead of'} those of the providers.`,
      fix: 'Let the machine take its time from the network (NTP).',
    },
  ]
}
