import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import type { CommandOutput } from '#core'

import { createDatabase, type Database } from '../../../core/database.ts'
import { describeDatabases } from '../../helpers/database.ts'
import { say, type TestGateway } from '../../helpers/gateway.ts'
import { as, build, chat, create, type House, MASTER, revoke, run, untilStatus } from './house.ts'

// The embedded database takes a while to start on a busy machine.
vi.setConfig({ testTimeout: 60_000 })

describeDatabases((kind) => {
  let house: House
  let gateway: TestGateway
  let database: Database

  beforeAll(async () => {
    house = await build(kind)
    gateway = await house.start()
    database = createDatabase(house.settings)
  })

  afterAll(async () => {
    await gateway.stop()
    await database.close()
  })

  describe('a request', () => {
    it('is refused with 401, a code and what to do about it', async () => {
      const expired = (await create(gateway, { name: 'e' })).body
      const revoked = (await create(gateway, { name: 'r' })).body
      await database.query(
        `update api_keys set expires_at = now() - interval '1 day', changed_at = now() where id = $1`,
        [expired.id],
      )
      await revoke(gateway, revoked.id)
      await untilStatus(() => chat(gateway, expired.key), 401)

      const unknown = `sk-prod-${'0'.repeat(64)}`
      const refusals: [string, Record<string, string>][] = [
        ['missing_api_key', {}],
        ['missing_api_key', { authorization: 'Basic eDp5' }],
        ['invalid_api_key', as(unknown)],
        ['invalid_api_key', { 'x-api-key': unknown }],
        ['invalid_api_key', { 'x-goog-api-key': 'AIzaSyA-1234567890' }],
        ['invalid_api_key', { ...as(MASTER), 'x-api-key': unknown }],
        ['expired_api_key', as(expired.key)],
        ['revoked_api_key', as(revoked.key)],
      ]
      for (const [code, headers] of refusals) {
        for (const ask of [
          () => gateway.chat(say('like/echo', 'Hello'), headers),
          () => gateway.get('/v1/models', headers),
          () => gateway.get('/api/keys', headers),
        ]) {
          const answer = await ask()
          expect(answer.status).toBe(401)
          expect(answer.headers.get('www-authenticate')).toBe('Bearer')
          expect(answer.body.error).toMatchObject({ type: 'authentication_error', code })
          expect(answer.body.error.message).toMatch(/\. .+\.$/)
          for (const key of [unknown, expired.key, revoked.key, MASTER]) {
            expect(answer.text).not.toContain(key)
          }
        }
      }
      expect(gateway.logs.join('')).not.toContain(expired.key)
    })

    it('is let in with the key in any of the three headers', async () => {
      for (const headers of [as(MASTER), { 'x-api-key': MASTER }, { 'x-goog-api-key': MASTER }]) {
        expect((await gateway.chat(say('like/echo', 'Hello'), headers)).status).toBe(200)
      }
    })

    it('is held to the scopes of its key', async () => {
      const keyWith = async (...permissions: string[]): Promise<string> =>
        (await create(gateway, { name: 'k', permissions })).body.key
      const reader = await keyWith('read')
      const writer = await keyWith('write')
      expect((await gateway.get('/v1/models', as(reader))).status).toBe(200)
      expect((await chat(gateway, reader)).status).toBe(403)
      expect((await chat(gateway, writer)).status).toBe(200)
      const answer = await create(gateway, { name: 'x' }, writer)
      expect(answer.status).toBe(403)
      expect(answer.body.error.details.required_scope).toBe('admin')
    })
  })

  describe('a key', () => {
    it('is made, listed, used and revoked over HTTP', async () => {
      const made = await create(gateway, { name: 'billing', expires_in_days: 30 })
      expect(made.status).toBe(201)
      expect(made.body).toEqual({
        id: expect.stringMatching(/^key_[0-9a-f]{32}$/),
        key: expect.stringMatching(/^sk-prod-[0-9a-f]{64}$/),
        key_prefix: made.body.key.slice(0, 12),
        name: 'billing',
        permissions: ['read', 'write'],
        project_id: expect.any(String),
        guards: [],
        created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        expires_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        revoked_at: null,
        last_used_at: null,
        message: expect.stringContaining('not shown again'),
      })
      expect((await chat(gateway, made.body.key)).status).toBe(200)

      const { key: _key, message: _message, ...shown } = made.body
      const list = await gateway.get('/api/keys', as(MASTER))
      expect(list.body.data[0]).toEqual(shown)
      expect(list.text).not.toContain(made.body.key)

      const answer = await revoke(gateway, made.body.id)
      expect(answer.status).toBe(200)
      expect(answer.body).toEqual({ success: true, message: 'API key deleted' })
      expect((await chat(gateway, made.body.key)).body.error.code).toBe('revoked_api_key')
    })

    it('works at once on every gateway, and is refused on all within seconds of its revocation', async () => {
      await using there = await house.start()
      const { key, id } = (await create(gateway, { name: 'k' })).body
      expect((await chat(there, key)).status).toBe(200)
      await revoke(gateway, id)
      const answer = await untilStatus(() => chat(there, key), 401)
      expect(answer.body.error.code).toBe('revoked_api_key')
    })

    it('is stored as a hash only', async () => {
      const { key } = (await create(gateway, { name: 'k' })).body
      const rows = await database.query('select * from api_keys')
      expect(JSON.stringify(rows)).toContain(key.slice(0, 12))
      expect(JSON.stringify(rows)).not.toContain(key.slice(12, 40))
      expect(JSON.stringify(rows)).not.toContain(MASTER)
    })

    it('remembers when it was last used', async () => {
      const { key, id } = (await create(gateway, { name: 'k' })).body
      const other = await house.start()
      await chat(other, key)
      await other.stop()
      const { data } = (await gateway.get('/api/keys', as(MASTER))).body
      const used = data.find((one: any) => one.id === id).last_used_at
      expect(Math.abs(Date.parse(used) - Date.now())).toBeLessThan(60_000)
    })

    it('grants no more than its maker has, and cannot take more away', async () => {
      const admin = (await create(gateway, { name: 'a', permissions: ['read', 'admin'] })).body
      const operator = (await create(gateway, { name: 'o', permissions: ['operator'] })).body
      expect((await create(gateway, { name: 'x', permissions: ['read'] }, admin.key)).status).toBe(
        201,
      )
      for (const permission of ['write', 'operator']) {
        const answer = await create(gateway, { name: 'x', permissions: [permission] }, admin.key)
        expect(answer.status).toBe(403)
        expect(answer.body.error).toMatchObject({
          code: 'insufficient_scope',
          details: { required_scope: permission },
        })
      }
      expect((await revoke(gateway, operator.id, admin.key)).status).toBe(403)
      expect((await revoke(gateway, admin.id, admin.key)).status).toBe(200)
    })

    it('of another project does not exist', async () => {
      const { id } = (await create(gateway, { name: 'k' })).body
      await database.query(
        `with other as (insert into projects (name) values ('other') returning id)
         update api_keys set project_id = other.id from other where api_keys.id = $1`,
        [id],
      )
      const answer = await revoke(gateway, id)
      expect(answer.status).toBe(404)
      expect(answer.body.error.code).toBe('key_not_found')
      expect((await revoke(gateway, 'key_unknown')).body.error.message).toBe(
        answer.body.error.message,
      )
      expect((await gateway.get('/api/keys', as(MASTER))).text).not.toContain(id)
    })

    it('is not made from a body that is wrong', async () => {
      const answer = await create(gateway, { name: 'k', scopes: ['read'] })
      expect(answer.status).toBe(400)
      expect(answer.body.error).toMatchObject({
        type: 'invalid_request_error',
        code: 'unknown_parameter',
        param: 'scopes',
      })
    })
  })

  it('lists keys page by page, the newest first', async () => {
    for (const name of ['a', 'b', 'c']) await create(gateway, { name })
    const page = async (query: string): Promise<any> =>
      (await gateway.get(`/api/keys${query}`, as(MASTER))).body
    const first = await page('?limit=2')
    expect(first.data.map((key: any) => key.name)).toEqual(['c', 'b'])
    expect(first.pagination).toMatchObject({ limit: 2, offset: 0, hasMore: true })
    expect((await page('?limit=1&offset=2')).data).toMatchObject([{ name: 'a' }])
    const { total } = first.pagination
    const last = await page(`?offset=${total - 1}`)
    expect(last.data).toMatchObject([{ name: 'TAPGATE_KEY' }])
    expect(last.pagination).toEqual({ total, limit: 50, offset: total - 1, hasMore: false })
    for (const [query, param] of [
      ['?limit=0', 'limit'],
      ['?limit=101', 'limit'],
      ['?limit=ten', 'limit'],
      ['?offset=-1', 'offset'],
    ]) {
      expect((await page(query ?? '')).error).toMatchObject({ code: 'invalid_parameter', param })
    }
  })

  describe('the command line', () => {
    async function setPrefix(prefix: string, ...ids: string[]): Promise<void> {
      await database.query('update api_keys set key_prefix = $1 where id = any($2)', [prefix, ids])
    }

    it('makes a key that works at once', async () => {
      const { text, json } = await run(gateway, 'keys create', {
        options: { name: 'ci', scopes: 'read, write', expiresInDays: '7' },
      })
      const { key } = json as { key: string }
      expect(text).toContain(key)
      expect((await chat(gateway, key)).status).toBe(200)
    })

    it('lists keys without showing them', async () => {
      const { text, json } = await run(gateway, 'keys list')
      expect(text).toContain('sk-master-ke…')
      expect(text).toContain('read,write,admin,operator')
      expect(text + JSON.stringify(json)).not.toContain(MASTER)
    })

    it('revokes a key by its id, its prefix or itself', async () => {
      const made = await Promise.all(['a', 'b', 'c'].map((name) => create(gateway, { name })))
      const [a, b, c] = made.map(({ body }) => body)
      await setPrefix('sk-prod-0nly', b.id)
      for (const name of [a.id, 'sk-prod-0nly', c.key]) {
        expect((await run(gateway, 'keys revoke', { arguments: [name] })).text).toContain('revoked')
      }
      for (const { key } of [a, b, c]) await untilStatus(() => chat(gateway, key), 401)
    })

    it('refuses to guess which key is meant', async () => {
      const made = await Promise.all(['a', 'b'].map((name) => create(gateway, { name })))
      await setPrefix('sk-prod-both', ...made.map(({ body }) => body.id))
      const revoking = (name: string): Promise<CommandOutput> =>
        run(gateway, 'keys revoke', { arguments: [name] })
      await expect(revoking('sk-prod-both')).rejects.toMatchObject({ code: 'ambiguous_key' })
      await expect(revoking('sk-prod')).rejects.toMatchObject({ code: 'key_not_found' })
      await expect(revoking('')).rejects.toMatchObject({ code: 'key_not_found' })
    })

    it.each([
      [{ name: '', scopes: 'read' }],
      [{ name: 'k', scopes: 'root' }],
      [{ name: 'k', scopes: 'read', expiresInDays: 'soon' }],
    ])('refuses %j', async (options) => {
      const creating = run(gateway, 'keys create', { options })
      await expect(creating).rejects.toMatchObject({ code: 'invalid_option' })
    })
  })

  it('says in the doctor how many keys there are, and when none can ask a model', async () => {
    const newHouse = await build(kind)
    await using inUse = await newHouse.start()
    const check = inUse.gateway.checks.find(({ name }) => name === 'API keys')
    expect(await check?.run()).toEqual({ status: 'ok', message: '1 of 1 API keys can be used.' })
    await create(inUse, { name: 'r', permissions: ['read'] })
    await run(inUse, 'keys revoke', { arguments: [MASTER] })
    expect(await check?.run()).toMatchObject({
      status: 'warning',
      message: expect.stringContaining('1 of 2'),
    })
  })
})
