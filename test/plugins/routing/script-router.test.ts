import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { virtualModels } from '#plugins/routing/virtual-models'

import { startRouted, type Routed } from './routed.ts'

let routed: Routed

beforeAll(async () => {
  routed = await startRouted(virtualModels({ models: { fast: ['bad/x', 'good/y'] } }))
})
afterAll(() => routed.gateway.stop())

/** A router whose script is an arrow function with this body, or this expression. */
function scripted(body: string, more: object = {}): object {
  return {
    router: {
      type: 'script',
      script: `const route = ({ request, headers, models, metrics }) => ${body}`,
      ...more,
    },
  }
}

describe('a script may return', () => {
  it.each([
    ['a target', `({ model: 'good/x' })`, ['good/x']],
    ['a name', `'good/x'`, ['good/x']],
    ['the name of a virtual model', `'fast'`, ['bad/x', 'good/y']],
    [
      'a list in the order to try',
      `['bad/x', { model: 'bad/y' }, 'good/z']`,
      ['bad/x', 'bad/y', 'good/z'],
    ],
    ['a promise', `Promise.resolve('good/y')`, ['good/y']],
    ['the request with another model', `({ ...request, model: 'good/y' })`, ['good/y']],
  ])('%s', async (_what, body, tried) => {
    expect(await routed.tried(scripted(body))).toEqual(tried)
    expect(routed.asked.at(-1)?.messages).toEqual([{ role: 'user', content: 'hi' }])
  })

  it('the request of a stream with another model', async () => {
    const answer = await routed.ask({
      ...scripted(`({ ...request, model: 'good/y' })`),
      stream: true,
    })
    expect(answer.status).toBe(200)
    expect(answer.text).toContain('data: [DONE]')
  })

  it('parameters, and prompts before those of the request', async () => {
    const prompt = { role: 'system', content: 'Be brief.' }
    const user = { role: 'user', content: 'hi' }
    const body = `({ model: 'good/x', temperature: 0.7, messages: [${JSON.stringify(prompt)}] })`
    await routed.tried(scripted(body))
    expect(routed.asked.at(-1)).toMatchObject({ temperature: 0.7, messages: [prompt, user] })
    const longer = `({ ...request, model: 'good/x', messages: [${JSON.stringify(prompt)}, ...request.messages] })`
    await routed.tried(scripted(longer))
    expect(routed.asked.at(-1)?.messages).toEqual([prompt, user])
  })
})

describe('a script is told', () => {
  /** What an expression in the script comes to. */
  async function seen(
    expression: string,
    more: object = {},
    headers = {},
    at = routed,
  ): Promise<any> {
    const body = `({ model: 'good/x', user: JSON.stringify(${expression}) })`
    const answer = await at.ask({ ...scripted(body), ...more }, headers)
    expect(answer.status).toBe(200)
    return JSON.parse(String(at.asked.at(-1)?.['user']))
  }

  it('the request, without what is said to the gateway and what is null', async () => {
    const more = {
      extra: { user: { id: '7' } },
      mcp_servers: [],
      fallbacks: ['good/x'],
      top_p: null,
      temperature: 0,
    }
    expect(await seen('request', more)).toEqual({
      model: 'router/dynamic',
      messages: [{ role: 'user', content: 'hi' }],
      temperature: 0,
    })
  })

  it('the headers, without anything that looks like a credential', async () => {
    const headers = await seen(
      'headers',
      {},
      {
        'X-Tags': 'team=search',
        'X-Label': 'Basic',
        Authorization: 'Bearer sk-secret-1',
        Cookie: 'secret-2',
        'X-Api-Key': 'secret-3',
        'X-Goog-Api-Key': 'secret-4',
        'Proxy-Authorization': 'secret-5',
        'X-Admin-Key': 'secret-6',
        'X-Amz-Security-Token': 'secret-7',
        'X-Vault-Secret': 'secret-8',
        'X-Upstream': 'Bearer secret-9',
        'X-Other': 'sk-proj-secret-10',
        'X-Login': 'eyJhbGciOiJIUzI1NiJ9.secret-11',
      },
    )
    expect(headers).toMatchObject({
      'x-tags': 'team=search',
      'x-label': 'Basic',
      'content-type': 'application/json',
    })
    expect(JSON.stringify(headers)).not.toContain('secret')
  })

  it('the models in the shape of LangDB', async () => {
    expect(await seen(`models.find((one) => one.model === 'y')`)).toEqual({
      model: 'y',
      model_provider: 'good',
      inference_provider: { provider: 'good', model_name: 'y', endpoint: '' },
      price: null,
      type: 'completions',
      limits: { max_context_size: null },
      capabilities: [],
      input_formats: ['text'],
      output_formats: ['text'],
    })
    expect(await seen('models.length')).toBe(5)
  })

  it('metrics by provider, of which there may be none', async () => {
    await using fresh = await startRouted()
    expect(await seen('metrics', {}, {}, fresh)).toEqual({})
  })

  it('how the files of a large request begin, and not all of them', async () => {
    const url = `data:image/png;base64,${'A'.repeat(1_500_000)}`
    const text = 'What is this?'
    const content = [
      { type: 'text', text },
      { type: 'image_url', image_url: { url } },
    ]
    const messages = [{ role: 'user', content }]
    const body = `({ ...request, model: request.messages[0].content[1].image_url.url.length === 1000 ? 'good/x' : 'bad/x' })`
    expect(await routed.tried({ ...scripted(body), messages })).toEqual(['good/x'])
    expect(routed.asked.at(-1)?.messages).toEqual(messages)
  })
})

describe('a script that fails', () => {
  it.each([
    ['throws', `{ throw new Error('no idea') }`, 'threw', 'no idea'],
    ['does not parse', `{`, 'syntax', 'Unexpected end of input'],
    ['never ends', `{ for (;;); }`, 'timeout', ''],
    ['returns nothing', `{}`, 'bad_result', ''],
    ['returns an empty list', `[]`, 'bad_result', 'empty list'],
    ['returns a number', `7`, 'bad_result', 'neither the name of a model nor an object'],
    ['returns no model', `({ temperature: 1 })`, 'bad_result', 'without the name of a model'],
    ['returns an unknown model', `({ model: 'good/xx' })`, 'bad_result', 'Nearest: good/x'],
    [
      'returns a model with a line break',
      `'good/x\\r\\nX-Evil: 1'`,
      'bad_result',
      'does not exist',
    ],
    ['returns too many', `Array(17).fill('good/x')`, 'bad_result', 'more than 16'],
    ['returns another router', `({ model: 'good/x', router: {} })`, 'bad_result', '"router"'],
    ['turns guards off', `({ model: 'good/x', extra: {} })`, 'bad_result', '"extra"'],
    [
      'changes the form of the answer',
      `({ model: 'good/x', stream: true })`,
      'bad_result',
      '"stream"',
    ],
    [
      'returns messages that are no list',
      `({ model: 'good/x', messages: 7 })`,
      'bad_result',
      'no list',
    ],
  ])('answers 400 when it %s', async (_what, body, reason, message) => {
    const before = routed.asked.length
    const answer = await routed.ask(scripted(body))
    expect(answer.status).toBe(400)
    expect(answer.body.error).toMatchObject({
      code: 'router_script_error',
      param: 'router.script',
      details: { reason },
    })
    expect(answer.body.error.message).toContain(message)
    expect(routed.asked.length).toBe(before)
  })

  it('tells where', async () => {
    const answer = await routed.ask(scripted(`{\n  nobody()\n}`))
    expect(answer.body.error.details).toMatchObject({ reason: 'threw', line: 2, column: 3 })
    expect(answer.body.error.message).toContain(
      'The router script failed at line 2, column 3: ReferenceError: nobody is not defined',
    )
  })

  it('gives way to its own targets', async () => {
    const router = scripted('nobody()', { targets: ['good/y'] })
    expect(await routed.tried(router)).toEqual(['good/y'])
  })

  it('gives way to the fallbacks of the request, and the explain record tells why', async () => {
    const body = { ...scripted('nobody()'), fallbacks: ['good/z'] }
    const answer = await routed.ask(body, { 'x-tapgate-explain': '1' })
    expect(answer.body.choices[0].message.content).toBe('from good/z')
    const id = answer.headers.get('x-request-id')
    const explained = await routed.gateway.get(`/api/requests/${id}/explain`)
    expect(explained.body.steps).toContainEqual({
      plugin: 'routers',
      step: 'routing',
      micros: expect.any(Number),
      decision: expect.stringContaining('script failed: threw at line 1, column'),
    })
  })

  it('gives way to the other targets of the router around it', async () => {
    const { router: broken } = scripted('nobody()') as { router: object }
    const router = { type: 'fallback', targets: [{ router: broken }, 'good/x'] }
    expect(await routed.tried({ router })).toEqual(['good/x'])
  })
})

describe('the documents of LangDB', () => {
  it('return a model that does not exist, which is said', async () => {
    const script =
      "const route = ({ request, headers, models, metrics }) => { return {model: 'test'};};"
    const answer = await routed.ask({
      router: { name: 'kg_random_router', type: 'script', script },
    })
    expect(answer.status).toBe(400)
    expect(answer.body.error.message).toContain('The model "test" does not exist.')
  })

  it('route by the length of a conversation', async () => {
    const body = `({ ...request, model: request.messages.length <= 5 ? 'good/x' : 'good/y' })`
    expect(await routed.tried(scripted(body))).toEqual(['good/x'])
    const messages = Array.from({ length: 6 }, () => ({ role: 'user', content: 'hi' }))
    expect(await routed.tried({ ...scripted(body), messages })).toEqual(['good/y'])
    expect(routed.asked.at(-1)?.messages).toEqual(messages)
  })
})
