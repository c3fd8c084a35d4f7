import { join } from 'node:path'

import { beforeAll, describe, expect, it } from 'vitest'

import { say, type TestAnswer } from '../../helpers/gateway.ts'
import { serve, type ServedGateway } from '../../helpers/serve.ts'

let gateway: ServedGateway

beforeAll(async () => {
  gateway = await serve({ config: join(import.meta.dirname, 'gateway.config.ts') })
})

const route = (router: object, more: object = {}): Promise<TestAnswer> =>
  gateway.chat(say('router/mine', 'Hello.', { router, ...more }), { 'x-team': 'blue' })

const runScript = (script: string, more: object = {}): Promise<TestAnswer> =>
  route({ type: 'script', script }, more)

const chosen = ({ headers }: TestAnswer): string =>
  `${headers.get('x-provider-name')}/${headers.get('x-model-name')}`

describe('a router of percentages', () => {
  const percentages = (...shares: number[]): object => ({
    type: 'percentage',
    targets: ['cheap/echo', 'dear/echo'],
    targets_percentages: shares,
  })

  it('sends each target its share', async () => {
    const answers = await Promise.all(Array.from({ length: 400 }, () => route(percentages(75, 25))))
    const cheap = answers.filter((answer) => chosen(answer) === 'cheap/echo').length
    // Eight standard deviations: fair shares miss this once in a million billion runs.
    expect(Math.abs(cheap - 300)).toBeLessThan(70)
    expect(new Set(answers.map(chosen))).toEqual(new Set(['cheap/echo', 'dear/echo']))
  })

  it('sends nothing to a share of nothing', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => route(percentages(0, 1))))
    expect(new Set(answers.map(chosen))).toEqual(new Set(['dear/echo']))
  })

  it('goes on to the others when the chosen one fails', async () => {
    const targets = ['cheap/fail', 'best']
    const router = { type: 'percentage', targets, targets_percentages: [100, 0] }
    expect(chosen(await route(router, { max_retries: 0 }))).toBe('dear/echo')
  })
})

describe('a router script', () => {
  it('chooses by the price of the models', async () => {
    const script = `
      const route = ({ models }) => {
        const priced = models.filter(({ price, model }) => price && model === 'echo')
        priced.sort((a, b) => a.price.per_input_token - b.price.per_input_token)
        return priced[0].model_provider + '/' + priced[0].model
      }`
    expect(chosen(await runScript(script))).toBe('cheap/echo')
  })

  it('chooses by the request and its headers, but sees no key', async () => {
    const script = `
      const route = ({ request, headers }) =>
        headers['x-team'] === 'blue' && request.user === 'ada' ? 'dear/echo' : 'cheap/echo'`
    expect(chosen(await runScript(script, { user: 'ada' }))).toBe('dear/echo')
    const seen = 'const route = ({ headers }) => { throw new Error(Object.keys(headers).join()) }'
    const { message } = (await runScript(seen)).body.error
    expect(message).toContain('x-team')
    expect(message).not.toContain('authorization')
  })

  it('gives way to the fallbacks when it throws, and is told when there are none', async () => {
    const script = "const route = () => { throw new Error('no idea') }"
    const answer = await runScript(script, { fallbacks: ['cheap/echo'] })
    expect(chosen(answer)).toBe('cheap/echo')
    const fault = await runScript(script)
    expect(fault.status).toBe(400)
    expect(fault.body.error).toMatchObject({ code: 'router_script_error' })
    expect(fault.body.error.message).toContain('no idea')
  })

  it('can neither hold up the gateway nor reach out of its sandbox', async () => {
    const loop = runScript('const route = () => { for (;;); }')
    const others = await Promise.all([1, 2, 3].map(() => gateway.chat(say('best', 'Hello.'))))
    expect(others.map(({ status }) => status)).toEqual([200, 200, 200])
    expect((await loop).status).toBe(400)
    const reach = 'const route = () => { throw new Error([typeof process, typeof fetch].join()) }'
    expect((await runScript(reach)).body.error.message).toContain('undefined,undefined')
  })

  it('may not name a model that nobody has', async () => {
    const answer = await runScript("const route = () => 'cheap/ecco'")
    expect(answer.status).toBe(400)
    expect(answer.body.error.message).toContain('cheap/echo')
  })
})
