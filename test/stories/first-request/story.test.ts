import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { say } from '../../helpers/gateway.ts'
import { bareEnvironment, serve, type ServedGateway } from '../../helpers/serve.ts'

const config = join(import.meta.dirname, 'gateway.config.ts')

describe('the first start, on an empty folder', () => {
  let folder: string
  let first: ServedGateway
  let firstMs: number
  let key: string

  const start = (): Promise<ServedGateway> =>
    serve({ config, database: { folder }, environment: { TAPGATE_KEY: '' } })

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tapgate-first-'))
    const startedMark = performance.now()
    first = await start()
    firstMs = performance.now() - startedMark
    key = /sk-prod-[0-9a-f]{64}/.exec(first.output)?.[0] ?? ''
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it('prints a line that makes a first request when it is pasted', async () => {
    const line = /^ +(curl .*)$/m.exec(first.output)?.[1] ?? ''
    const run = promisify(execFile)
    const { stdout } = await run('sh', ['-c', line], { env: bareEnvironment() })
    expect(JSON.parse(stdout).choices[0].message.content).toBe('Hello')
  })

  it('prints the key once, and logs it never', () => {
    expect(first.output.split(key)).toHaveLength(2)
    expect(first.output).toContain('Your API key, shown only now:')
    const logged = first.output.split('\n').filter((line) => line.startsWith('{'))
    expect(logged.join()).not.toContain(key)
  })

  it('lets nobody in without a key', async () => {
    const answer = await first.chat(say('demo/echo', 'Hello.'), { authorization: '' })
    expect(answer.status).toBe(401)
    expect(answer.body.error.code).toBe('missing_api_key')
  })

  it('is over when it is told to stop, and the next is quicker and knows the key and the usage', async () => {
    const headers = { authorization: `Bearer ${key}` }
    const before = (await first.ask('/usage/total', {}, headers)).body
    first.kill('SIGINT')
    expect(await first.ended).toEqual({ code: 0, signal: null })

    const startedMark = performance.now()
    await using second = await start()
    expect(performance.now() - startedMark).toBeLessThan(firstMs)
    expect(second.output).not.toMatch(/sk-prod|shown only now/)
    expect(second.output).not.toContain('Brought the database up to date')
    expect((await second.chat(say('demo/echo', 'Again.'), headers)).status).toBe(200)
    const after = (await second.ask('/usage/total', {}, headers)).body
    expect(before.models).toMatchObject([{ provider: 'demo', model_name: 'echo' }])
    expect(after.total.total_input_tokens).toBeGreaterThan(before.total.total_input_tokens)
  })
})
