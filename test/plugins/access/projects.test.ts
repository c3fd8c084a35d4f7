import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import { describeDatabases } from '../../helpers/database.ts'
import { say, type TestAnswer, type TestGateway } from '../../helpers/gateway.ts'
import { as, build, chat, create, type House, MASTER, run, untilStatus } from './house.ts'

// The embedded database takes a while to start on a busy machine.
vi.setConfig({ testTimeout: 60_000 })

const NOBODYS = '11111111-2222-4333-8444-555555555555'

describeDatabases((kind) => {
  let house: House
  let gateway: TestGateway

  beforeAll(async () => {
    house = await build(kind)
    gateway = await house.start()
  })
  afterAll(() => gateway.stop())

  const inProject = (key: string, project: string): Record<string, string> => ({
    ...as(key),
    'x-project-id': project,
  })
  const send = async (method: string, path: string, body?: object): Promise<TestAnswer> => {
    const response = await fetch(gateway.url + path, {
      method,
      headers: as(MASTER),
      ...(body && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, headers: response.headers, text, body: JSON.parse(text) }
  }
  const makeProject = async (name: string): Promise<string> =>
    (await gateway.post('/projects', { name }, as(MASTER))).body.id
  const makeKey = async (project: string, permissions = ['read', 'write']): Promise<string> =>
    (await gateway.post('/api/keys', { name: 'k', permissions }, inProject(MASTER, project))).body
      .key

  describe('a project', () => {
    it('is made, listed, shown and renamed', async () => {
      const made = await gateway.post('/projects', { name: 'search' }, as(MASTER))
      expect(made.status).toBe(201)
      expect(made.body).toMatchObject({ name: 'search', is_default: false })
      const renamed = await send('PUT', `/projects/${made.body.id}`, { name: 'finding' })
      expect(renamed.body).toEqual({ ...made.body, name: 'finding' })
      expect((await gateway.get(`/projects/${made.body.id}`, as(MASTER))).body).toEqual(
        renamed.body,
      )
      const listed = await gateway.get('/projects?limit=100', as(MASTER))
      expect(listed.body.data[0]).toMatchObject({ name: 'default', is_default: true })
      expect(listed.body.data).toContainEqual(renamed.body)
    })

    it('owns the keys that are made in it, and its keys see no other', async () => {
      const project = await makeProject('owner')
      const other = await makeProject('other')
      const key = await makeKey(project)
      const answer = await chat(gateway, key)
      expect(answer.status).toBe(200)
      expect(gateway.records.at(-1)?.caller.projectId).toBe(project)
      expect((await gateway.get('/projects', as(key))).body).toMatchObject({
        data: [{ id: project }],
        pagination: { total: 1 },
      })
      for (const path of [`/projects/${other}`, `/projects/${NOBODYS}`, '/projects/x']) {
        const refused = await gateway.get(path, as(key))
        expect(refused.status).toBe(404)
        expect(refused.body.error.code).toBe('project_not_found')
      }
    })

    it('is archived with its keys, but never the default one', async () => {
      const project = await makeProject('short-lived')
      const key = await makeKey(project)
      expect((await chat(gateway, key)).status).toBe(200)
      expect((await send('DELETE', `/projects/${project}`)).body).toEqual({
        id: project,
        archived: true,
      })
      const refused = await chat(gateway, key)
      expect(refused.status).toBe(401)
      expect(refused.body.error.code).toBe('revoked_api_key')
      expect((await send('DELETE', `/projects/${project}`)).status).toBe(404)
      const [{ id: first }] = (await gateway.get('/projects', as(MASTER))).body.data
      expect((await send('DELETE', `/projects/${first}`)).status).toBe(400)
    })

    it('made on one gateway is known on another within seconds', async () => {
      await using second = await house.start()
      const project = await makeProject('shared')
      const answer = await untilStatus(
        () => second.chat(say('like/echo', 'Hello'), inProject(MASTER, project)),
        200,
      )
      expect(answer.status).toBe(200)
    })

    it.each([{}, { name: '' }, { name: 7 }, { name: 'x', nmae: 'y' }])(
      'is not made of %j',
      async (body) => {
        const refused = await gateway.post('/projects', body, as(MASTER))
        expect(refused.status).toBe(400)
        expect(refused.body.error.param).toMatch(/n[am]{2}e/)
      },
    )

    it('is made by operators only', async () => {
      const key = (await create(gateway, { name: 'admin', permissions: ['admin'] })).body.key
      expect((await gateway.post('/projects', { name: 'mine' }, as(key))).status).toBe(403)
    })

    it('is made on the command line, with a key for it', async () => {
      const made = await run(gateway, 'projects create', { arguments: ['from the shell'] })
      const { id } = made.json as { id: string }
      const key = await run(gateway, 'keys create', {
        options: { name: 'k', scopes: 'read,write', project: 'from the shell' },
      })
      expect(key.json).toMatchObject({ project_id: id })
      expect((await run(gateway, 'projects list')).text).toContain(`${id}  from the shell`)
      await expect(
        run(gateway, 'keys create', { options: { name: 'k', scopes: 'read', project: 'nope' } }),
      ).rejects.toThrow('No project has the id or name "nope".')
    })
  })

  describe('a request', () => {
    it.each(['x-project-id', 'openai-project'])('names its project in %s', async (header) => {
      const project = await makeProject(`by ${header}`)
      const answer = await gateway.chat(say('like/echo', 'Hello'), {
        ...as(MASTER),
        [header]: project.toUpperCase(),
      })
      expect(answer.status).toBe(200)
      expect(gateway.records.at(-1)?.caller.projectId).toBe(project)
    })

    it('names its project in the path, as the base URL of a client', async () => {
      const project = await makeProject('by path')
      const key = await makeKey(project)
      const client = new OpenAI({ apiKey: key, baseURL: `${gateway.url}/${project}/v1` })
      await client.chat.completions.create({
        model: 'like/echo',
        messages: [{ role: 'user', content: 'Hello' }],
      })
      expect(gateway.records.at(-1)?.caller.projectId).toBe(project)
      const ids = []
      for await (const model of client.models.list()) ids.push(model.id)
      expect(ids).toContain('like/echo')
    })

    it('may not name a project of others, nor one that is none', async () => {
      const key = await makeKey(await makeProject('mine'))
      const others = await makeProject('others')
      for (const project of [others, NOBODYS]) {
        const refused = await gateway.chat(say('like/echo', 'Hello'), inProject(key, project))
        expect(refused.status).toBe(404)
        expect(refused.body.error.code).toBe('project_not_found')
        const byPath = await gateway.post(
          `/${project}/v1/chat/completions`,
          say('like/echo', 'Hello'),
          as(key),
        )
        expect(byPath.status).toBe(404)
      }
      const refused = await gateway.chat(say('like/echo', 'Hello'), inProject(key, 'mine'))
      expect(refused.status).toBe(400)
      expect(refused.body.error).toMatchObject({
        code: 'invalid_parameter',
        param: 'X-Project-Id',
      })
    })
  })
})
