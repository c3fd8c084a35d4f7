import { median, percentile } from '../measure/statistics.ts'

/** A request whose answer is waited for. */
export interface Question {
  readonly title: string
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly body?: object
}

export interface Timing {
  readonly title: string
  readonly medianMs: number
  readonly p95Ms: number
  readonly kilobytes: number
}

export const warmUps = 2

/** All that has a goal: the reports of a window, and the first page of every list. */
export function questionsOf(window: object): readonly Question[] {
  const report = (title: string, path: string, more: object = {}): Question => {
    return {
      title: `${path} ${title}`.trimEnd(),
      method: 'POST',
      path,
      body: { ...window, ...more },
    }
  }
  const list = (method: Question['method'], path: string): Question => {
    return { title: `${method} ${path}`, method, path, ...(method === 'POST' && { body: {} }) }
  }
  return [
    report('', '/analytics/summary'),
    report('by provider', '/analytics/summary', { groupBy: ['provider'] }),
    report('by model', '/analytics/summary', { groupBy: ['model'] }),
    report('by tag', '/analytics/summary', { groupBy: ['tag'], tag_keys: ['team'] }),
    report('by user', '/analytics/summary', { groupBy: ['user'] }),
    report('of a user', '/analytics/summary', { user_id: 'user-0' }),
    report('', '/analytics'),
    report('by provider', '/analytics', { groupBy: ['provider'] }),
    report('', '/usage/total'),
    report('by day', '/usage/models', { min_unit: 'day' }),
    list('GET', '/api/requests'),
    list('POST', '/threads'),
    list('GET', '/traces'),
    list('GET', '/runs'),
    list('GET', '/spans'),
  ]
}

/** Asks again and again, one after the other. Throws when an answer is not one. */
export async function time(url: string, question: Question, runs: number): Promise<Timing> {
  const times: number[] = []
  let kilobytes = 0
  for (let run = 0; run < warmUps + runs; run++) {
    const started = performance.now()
    kilobytes = (await ask(url, question)).length / 1024
    if (run >= warmUps) times.push(performance.now() - started)
  }
  const { title } = question
  return { title, medianMs: median(times), p95Ms: percentile(times, 0.95), kilobytes }
}

/** The text of an answer. */
export async function ask(url: string, { method, path, body }: Question): Promise<string> {
  const response = await fetch(url + path, {
    method,
    ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  })
  const text = await response.text()
  if (response.ok) return text
  throw new Error(`${method} ${path} answered ${response.status}: ${text.slice(0, 500)}`)
}
