import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import { accounts } from '#plugins/access/accounts'
import { keywords } from '#plugins/guards/keywords'
import { pii } from '#plugins/guards/pii'
import { demo } from '#plugins/providers/demo'
import { ledger } from '#plugins/usage/ledger'

import { createDatabase, type Database, type DatabaseSettings } from '../../../core/database.ts'
import { makePartitions } from '../../../plugins/usage/ledger/partitions.ts'
import { describeDatabases, makeTestDatabase } from '../../helpers/database.ts'
import { say, startGateway, type TestAnswer, type TestGateway } from '../../helpers/gateway.ts'
import { makeKeyOfAnotherProject } from './key-of-another-project.ts'
import { PLANTED_SECRETS } from './planted-secrets.ts'

const KEY = 'sk-the-key-of-the-first-project'

// The embedded database takes a while to start on a busy machine.
vi.setConfig({ testTimeout: 60_000 })

describeDatabases((kind) => {
  let settings: DatabaseSettings
  let database: Database
  let dataFolder: string
  let gateway: TestGateway
  let otherKey: string

  beforeAll(async () => {
    settings = { ...(await makeTestDatabase(kind)), mode: 'attach' }
    dataFolder = mkdtempSync(join(tmpdir(), 'tapgate-bodies-'))
    gateway = await startGateway({
      plugins: [
        accounts(),
        ledger(),
        demo(),
        keywords({ words: ['plum'] }),
        keywords({ id: 'mask', words: ['quince'], action: 'redact' }),
        pii({
          id: 'reversible',
          stage: 'both',
          action: 'redact',
          apply: 'on-request',
          reversible: true,
        }),
      ],
      database: createDatabase(settings),
      dataFolder,
      environment: { TAPGATE_KEY: KEY },
    })
    database = createDatabase(settings)
    otherKey = await makeKeyOfAnotherProject(gateway, 'read,write,admin')
  })

  afterAll(async () => {
    await gateway.stop()
    await database.close()
    rmSync(dataFolder, { recursive: true, force: true })
  })

  const as = (key: string): Record<string, string> => ({ authorization: `Bearer ${key}` })

  function ask(content: string, more: object = {}, headers = {}, key = KEY): Promise<TestAnswer> {
    return gateway.chat(say('demo/echo', content, more), { ...as(key), ...headers })
  }

  async function kept(answer: TestAnswer, key = KEY): Promise<TestAnswer['body']> {
    const id = answer.headers.get('x-request-id')
    return (await gateway.get(`/api/requests/${id}`, as(key))).body
  }

  describe('what was said', () => {
    it('is kept: the request and the answer, as they were', async () => {
      const answer = await ask('Hello.', { temperature: 0.5, user: 'ada' })
      expect(await kept(answer)).toMatchObject({
        body: 'stored',
        request: { ...say('demo/echo', 'Hello.'), temperature: 0.5, user: 'ada' },
        answer: answer.body,
      })
    })

    it('is kept of a stream as one answer', async () => {
      const answer = await ask('Say this in pieces.', { stream: true })
      const { answer: said } = await kept(answer)
      expect(said).toMatchObject({
        object: 'chat.completion',
        choices: [{ message: { role: 'assistant', content: 'Say this in pieces.' } }],
      })
    })

    it('is kept of a request that failed upstream, without an answer', async () => {
      const model = 'demo/fail'
      const answer = await gateway.chat(say(model, 'Fail.', { max_retries: 0 }), as(KEY))
      expect(answer.status).toBeGreaterThanOrEqual(500)
      expect(await kept(answer)).toMatchObject({
        body: 'stored',
        request: { messages: [{ content: 'Fail.' }] },
        answer: null,
      })
    })

    it('is kept of embeddings without the vectors', async () => {
      const answer = await gateway.post(
        '/v1/embeddings',
        { model: 'demo/embed', input: 'Words.' },
        as(KEY),
      )
      expect(answer.status).toBe(200)
      expect(await kept(answer)).toMatchObject({ request: { input: 'Words.' }, answer: null })
    })

    it('is kept as the guards left it', async () => {
      const answer = await ask('A quince and a pear.')
      const { request, answer: said } = await kept(answer)
      expect(JSON.stringify([request, said])).not.toContain('quince')
      expect(JSON.stringify([request, said])).toContain('and a pear')
    })

    it('keeps no personal data that a guard kept from the model and put back for the caller', async () => {
      const extra = { guards: ['reversible'] }
      const answer = await ask('Write to ada@example.com, please.', { extra })
      expect(answer.text).toContain('ada@example.com')
      const stored = await kept(answer)
      expect(JSON.stringify(stored.request)).toContain('<EMAIL_1>')
      expect(stored.answer).toBeNull()
      expect(JSON.stringify(stored)).not.toContain('ada@example.com')
    })

    it('is not kept when the client says so', async () => {
      for (const value of ['false', 'FALSE', '0', 'no']) {
        const answer = await ask('Forget this.', {}, { 'x-store': value })
        expect(await kept(answer)).toMatchObject({ body: 'none', request: null, answer: null })
      }
      expect(await kept(await ask('Keep it.', {}, { 'x-store': 'true' }))).toMatchObject({
        body: 'stored',
      })
    })

    it('is not kept when a guard blocks it, or when it is refused', async () => {
      const blocked = await ask('A plum.')
      expect(blocked.status).toBe(446)
      const refused = await gateway.chat(say('demo/ekho', 'Hello?'), as(KEY))
      expect(refused.status).toBe(404)
      expect(await kept(blocked)).toMatchObject({ status: 'blocked', body: 'none', request: null })
      expect(await kept(refused)).toMatchObject({ status: 'refused', body: 'none', request: null })
    })

    it('is cut off when it is too long, and says so', async () => {
      const answer = await ask('long words '.repeat(40_000))
      const { request } = await kept(answer)
      expect(request).toMatch(/long words .*\[cut off: 4\d{5} characters\]$/)
      expect(request.length).toBeLessThan(300_000)
    })

    it('is kept with whatever letters, line ends and tabs it has', async () => {
      const text = 'a\nb\tc \\ " \u0000 \ud83d\ude00 \u2028 é 漢'
      const pretty = JSON.stringify(say('demo/echo', text), null, '\t')
      const answer = await gateway.post('/v1/chat/completions', pretty, as(KEY))
      const ascii = pretty.replaceAll(
        /[^\t\n -~]/g,
        (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
      )
      const escaped = await gateway.post('/v1/chat/completions', ascii, as(KEY))
      for (const one of [answer, escaped]) {
        expect((await kept(one)).request).toEqual(say('demo/echo', text))
      }
    })

    it('is kept with half a letter, which is no letter to PostgreSQL', async () => {
      const body = '{"model":"demo/echo","messages":[{"role":"user","content":"a\\ud83d"}]}'
      const answer = await gateway.post('/v1/chat/completions', body, as(KEY))
      expect((await kept(answer)).request.messages[0].content).toBe('a\ud83d')
    })

    it('is told to its own project only', async () => {
      const answer = await ask('Mine.')
      const id = answer.headers.get('x-request-id')
      const other = await gateway.get(`/api/requests/${id}`, as(otherKey))
      expect(other.status).toBe(404)
      expect(other.body.error.code).toBe('request_not_found')
    })

    it('is expired when it is older than bodies are kept', async () => {
      const answer = await ask('Old.')
      await kept(answer)
      const id = answer.headers.get('x-request-id')
      const longAgo = new Date(Date.now() - 31 * 86_400_000)
      await makePartitions(database, { name: 'requests', unit: 'month', keptDays: 400 }, [longAgo])
      await database.query('update requests set created_at = $2 where request_id = $1', [
        id,
        longAgo,
      ])
      await database.query('delete from bodies where request_id = $1', [id])
      expect(await kept(answer)).toMatchObject({ body: 'expired', request: null })
    })
  })

  describe('a secret', () => {
    it('is neither in the database nor in a file, however it is said', async () => {
      const secrets = Object.values(PLANTED_SECRETS)
      for (const secret of secrets) {
        await ask(`Here is my key: ${secret}`)
        await ask(`It is\n${secret}`, { stream: true })
        await ask('And in a tool call.', {
          messages: [
            {
              role: 'assistant',
              content: null,
              tool_calls: [
                {
                  id: 'call_1',
                  type: 'function',
                  function: { name: 'login', arguments: JSON.stringify({ token: secret }) },
                },
              ],
            },
            { role: 'tool', tool_call_id: 'call_1', content: `"${secret}"` },
            { role: 'user', content: 'Go on.' },
          ],
        })
      }
      await gateway.get('/api/requests', as(KEY))
      const rows = [
        ...(await database.query<{ row: string }>('select bodies::text as row from bodies')),
        ...(await database.query<{ row: string }>('select requests::text as row from requests')),
      ]
      const stored = rows.map(({ row }) => row).join('\n') + filesUnder(dataFolder)
      expect(stored).toContain('Here is my key: [masked]')
      expect(secrets.filter((secret) => stored.includes(secret))).toEqual([])
    })
  })

  describe('erasing a user', () => {
    const user = (id: string): object => ({
      extra: { user: { id, name: 'A. Lovelace', tags: ['gold'] } },
    })
    const erase = (id: string, key: string): Promise<Response> =>
      fetch(`${gateway.url}/api/users/${encodeURIComponent(id)}/data`, {
        method: 'DELETE',
        headers: as(key),
      })

    it('takes away what the user said and who it was, in one project only', async () => {
      const mine = await ask('Of Ada.', user('ada/1'))
      const hers = await ask('Of Grace.', user('grace'))
      const others = await ask('Of another Ada.', user('ada/1'), {}, otherKey)
      const answer = await erase('ada/1', KEY)
      expect(await answer.json()).toEqual({
        user_id: 'ada/1',
        erased_bodies: 1,
        unnamed_requests: 1,
      })
      expect(await kept(mine)).toMatchObject({ user_id: null, body: 'none', request: null })
      const [row] = await database.query(
        'select user_id, user_name, user_tags from requests where request_id = $1',
        [mine.headers.get('x-request-id')],
      )
      expect(row).toEqual({ user_id: null, user_name: null, user_tags: null })
      expect(await kept(hers)).toMatchObject({ user_id: 'grace', body: 'stored' })
      expect(await kept(others, otherKey)).toMatchObject({ user_id: 'ada/1', body: 'stored' })
    })

    it('is done at the command line too', async () => {
      const mine = await ask('Of Alan.', user('alan'))
      await kept(mine)
      const command = gateway.gateway.commands.find(({ name }) => name === 'erase')
      const project = gateway.records.at(-1)?.caller.projectId
      const output = await command?.run({ arguments: [], options: { user: 'alan', project } })
      expect(output?.json).toEqual({ user_id: 'alan', erased_bodies: 1, unnamed_requests: 1 })
      expect(await kept(mine)).toMatchObject({ body: 'none' })
      await expect(command?.run({ arguments: [], options: {} })).rejects.toMatchObject({
        code: 'user_missing',
      })
    })

    it('needs a key that may administer', async () => {
      const { status } = await erase('ada', await makeKey('read,write'))
      expect(status).toBe(403)
    })

    async function makeKey(scopes: string): Promise<string> {
      const command = gateway.gateway.commands.find(({ name }) => name === 'keys create')
      if (!command) throw new Error('There is no command to make a key.')
      const output = await command.run({ arguments: [], options: { name: 'k', scopes } })
      return (output.json as { key: string }).key
    }
  })

  it('waits in a file while the database does not take it, for the next process too', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tapgate-bodies-away-'))
    const start = (): Promise<TestGateway> =>
      startGateway({
        plugins: [accounts(), ledger(), demo()],
        database: createDatabase(settings),
        dataFolder: folder,
        environment: { TAPGATE_KEY: KEY },
      })
    const first = await start()
    await database.query('alter table bodies rename to bodies_away')
    const answer = await first.chat(say('demo/echo', 'Said while it was away.'), as(KEY))
    await first.stop()
    expect(filesUnder(join(folder, 'spool-bodies'))).toContain('Said while it was away.')
    await database.query('alter table bodies_away rename to bodies')
    const next = await start()
    const id = answer.headers.get('x-request-id')
    const { body } = await next.get(`/api/requests/${id}`, as(KEY))
    expect(body).toMatchObject({ body: 'stored', answer: answer.body })
    await next.stop()
    expect(readdirSync(join(folder, 'spool-bodies'))).toEqual([])
    rmSync(folder, { recursive: true, force: true })
  })

  it('keeps nothing that was said when it is switched off', async () => {
    await using silent = await startGateway({
      plugins: [accounts(), ledger({ bodies: { store: false } }), demo()],
      database: createDatabase(settings),
      dataFolder,
      environment: { TAPGATE_KEY: KEY },
    })
    expect(silent.gateway.inference.hooks.isUsed('postResponse')).toBe(false)
    const answer = await silent.chat(say('demo/echo', 'Nobody hears this.'), as(KEY))
    const id = answer.headers.get('x-request-id')
    const { body } = await silent.get(`/api/requests/${id}`, as(KEY))
    expect(body).toMatchObject({ status: 'success', body: 'none', request: null, answer: null })
  })
})

/** All that is in the files of a folder. */
function filesUnder(folder: string): string {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => readFileSync(path, 'latin1'))
    .join('\n')
}
