import { join } from 'node:path'

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { makeTestDatabase } from '../../helpers/database.ts'
import { eventsOf, say } from '../../helpers/gateway.ts'
import { completion, DONE, END_EVENT, textEvent, USAGE_EVENT } from '../../helpers/openai.ts'
import { serve, type ServedGateway } from '../../helpers/serve.ts'
import {
  cut,
  hang,
  json,
  sse,
  startUpstream,
  status,
  type Play,
  type Upstream,
} from '../../helpers/upstream.ts'

let main: Upstream
let spare: Upstream
let gateway: ServedGateway
let mainPlays: Play
let sparePlays: Play

beforeAll(async () => {
  main = await startUpstream(() => mainPlays)
  spare = await startUpstream(() => sparePlays)
  gateway = await serve({
    config: join(import.meta.dirname, 'gateway.config.ts'),
    database: await makeTestDatabase('postgres'),
    environment: { MAIN_URL: `${main.url}/v1`, SPARE_URL: `${spare.url}/v1` },
  })
})
beforeEach(() => {
  mainPlays = json(completion('From the main model.'))
  sparePlays = json(completion('From the spare model.'))
})
afterAll(() => Promise.all([main, spare].map((upstream) => upstream[Symbol.asyncDispose]())))

const ask = (more: object = {}): ReturnType<typeof gateway.chat> =>
  gateway.chat(say('assistant', 'Hello.', more))

const answeredBy = ({ headers }: { readonly headers: Headers }): string =>
  `${headers.get('x-provider-name')}/${headers.get('x-model-name')}`

/** An answer of the main model shows its breaker that it is well. */
/** Makes the main provider work again, for long enough that it does not pass for one that is ill. */
async function mainIsWell(): Promise<void> {
  mainPlays = json(completion('From the main model.'))
  for (let request = 0; request < 5; request++) {
    expect(answeredBy(await ask())).toBe('main/large')
  }
}

describe('a model that stands for several', () => {
  it('is the first of them while that one works', async () => {
    const answer = await ask()
    expect(answer.body.choices[0].message.content).toBe('From the main model.')
    expect(answeredBy(answer)).toBe('main/large')
  })

  it.each([
    ['answers 500', status(500)],
    ['answers 503', status(503)],
    ['refuses the key', status(401)],
    ['does not know the model', status(404)],
    ['limits the rate for an hour', status(429, { 'retry-after': '3600' })],
    ['cuts the connection', cut()],
    ['says nothing', hang()],
    ['answers with something that is no JSON', (response) => void response.end('<html>')],
  ] satisfies [string, Play][])('is the second when the first %s', async (_fault, play) => {
    mainPlays = play
    const answer = await ask()
    expect(answer.status).toBe(200)
    expect(answer.body.choices[0].message.content).toBe('From the spare model.')
    expect(answeredBy(answer)).toBe('spare/small')
    expect(spare.requests.at(-1)?.body).toMatchObject({ model: 'small', temperature: 0 })
    await mainIsWell()
  })

  it('is the second for a stream that fails before its first event', async () => {
    mainPlays = cut([': a comment is no event\n\n'])
    sparePlays = sse([textEvent('Spare.'), END_EVENT, USAGE_EVENT, DONE])
    const answer = await ask({ stream: true })
    expect(answeredBy(answer)).toBe('spare/small')
    expect(eventsOf(answer.text).at(-1)).toBe('[DONE]')
    await mainIsWell()
  })

  it('does not change in the middle of a stream: the client is told of the fault', async () => {
    mainPlays = cut([textEvent('Half an ans')])
    const answer = await ask({ stream: true })
    const events = eventsOf(answer.text)
    expect(events[0].choices[0].delta.content).toBe('Half an ans')
    expect(events.at(-1).error).toMatchObject({ code: 'upstream_error' })
    expect(answer.text).not.toContain('[DONE]')
    await mainIsWell()
  })

  it('is the last when nothing before it works, and costs what that one costs', async () => {
    mainPlays = status(500)
    sparePlays = status(500)
    const answer = await ask()
    expect(answeredBy(answer)).toBe('demo/echo')
    expect(answer.body.choices[0].message.content).toBe('Hello.')

    const { total } = (await gateway.ask('/usage/total', {})).body
    expect(total.unpriced_requests).toBeGreaterThan(0)
    const requestId = answer.headers.get('x-request-id')
    const [row] = await gateway.query<any>(
      'select requested_model, provider, model, cost, attempts from requests where request_id = $1',
      [requestId],
    )
    expect(row).toMatchObject({
      requested_model: 'assistant',
      provider: 'demo',
      model: 'echo',
      cost: null,
    })
    expect(row.attempts.map((attempt: any) => [attempt.model, attempt.errorCode])).toEqual([
      ['large', 'upstream_error'],
      ['large', 'upstream_error'],
      ['small', 'upstream_error'],
      ['small', 'upstream_error'],
      ['echo', undefined],
    ])
    await mainIsWell()
  })

  it('does not try another for what the caller did wrong', async () => {
    const before = spare.requests.length
    const answer = await ask({ messages: 'none' })
    expect(answer.status).toBe(400)
    expect(spare.requests).toHaveLength(before)
  })

  it('leaves alone what has failed five times in a row', async () => {
    mainPlays = status(500)
    sparePlays = json(completion('From the spare model.'))
    for (let request = 0; request < 3; request++) await ask()
    const before = main.requests.length
    const answer = await gateway.chat(say('assistant', 'Hello.'), { 'x-tapgate-explain': '1' })
    expect(answeredBy(answer)).toBe('spare/small')
    expect(main.requests).toHaveLength(before)
    expect(answer.headers.get('x-tapgate-explain')).toMatch(
      /main\/large \S+ no_available_provider; dispatch\/spare\/small \S+ answered/,
    )

    sparePlays = status(500)
    for (let request = 0; request < 3; request++) await ask()
    const last = await gateway.chat(say('assistant', 'Hello.'), { 'x-tapgate-explain': '1' })
    expect(last.headers.get('x-tapgate-explain')).toMatch(
      /main\/large \S+ no_available_provider; dispatch\/spare\/small \S+ no_available_provider; dispatch\/demo\/echo \S+ answered/,
    )
  })
})
