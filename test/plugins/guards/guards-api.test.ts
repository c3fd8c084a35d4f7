import { expect, it } from 'vitest'

import { definePlugin, type GuardTemplate, type PluginEntry } from '#core'
import { accounts } from '#plugins/access/accounts'
import { guards } from '#plugins/guards/guards'
import { keywords } from '#plugins/guards/keywords'
import { regex } from '#plugins/guards/regex'
import { wordCount } from '#plugins/guards/word-count'

import { createDatabase } from '../../../core/database.ts'
import { describeDatabases, makeTestDatabase } from '../../helpers/database.ts'
import { say, startGateway, type TestGateway } from '../../helpers/gateway.ts'
import { as, MASTER, SECRET, untilStatus } from '../access/house.ts'
import { lastText, localProvider } from '../local-provider.ts'

const template: GuardTemplate = {
  id: 'validation-word-count',
  name: 'Word count',
  description: 'Counts words.',
  type: 'word_count',
  stage: 'input',
  preset: { count_method: 'regex' },
  parameters: {
    type: 'object',
    additionalProperties: false,
    properties: {
      max_words: { type: 'integer', default: 3 },
      min_words: { type: 'integer', default: 1 },
    },
  },
}

function templates(): PluginEntry {
  return definePlugin({
    name: 'templates',
    schema: { type: 'object', additionalProperties: false },
    setup: () => ({ guardTemplates: [template] }),
  })()
}

function parts(more: readonly PluginEntry[] = []): readonly PluginEntry[] {
  return [
    localProvider('local', ['echo'], lastText),
    guards([keywords, regex, wordCount]),
    templates(),
    keywords({ id: 'house', words: ['swordfish'], apply: 'on-request' }),
    ...more,
  ]
}

const send = (
  gateway: TestGateway,
  method: string,
  path: string,
  body?: object,
): Promise<Response> =>
  fetch(gateway.url + path, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body ? { body: JSON.stringify(body) } : {}),
  })

const using = (id: string, parameters?: object): object => ({
  extra: { guards: [parameters ? { id, parameters } : id] },
})

describeDatabases((kind, openTestDatabase) => {
  it('makes a guard of a kind, uses it, changes it and takes it away', async () => {
    await using database = await openTestDatabase()
    await using gateway = await startGateway({ plugins: parts(), database })
    const made = await gateway.post('/api/guards', {
      type: 'keywords',
      name: 'Bad words',
      parameters: { words: ['herring'] },
      action: 'redact',
    })
    expect(made.status).toBe(201)
    expect(made.body).toMatchObject({ name: 'Bad words', source: 'project', apply: 'on-request' })
    expect(made.body.id).toMatch(/^keywords_[a-z\d]{8}$/)
    const { id } = made.body
    const asked = say('local/echo', 'a herring', using(id))
    expect((await gateway.chat(asked)).body.choices[0].message.content).toBe('a ***')

    const changed = await send(gateway, 'PUT', `/api/guards/${id}`, {
      type: 'keywords',
      parameters: { words: ['herring'] },
    })
    expect(changed.status).toBe(200)
    expect((await gateway.chat(asked)).status).toBe(446)

    expect((await send(gateway, 'DELETE', `/api/guards/${id}`)).status).toBe(200)
    expect((await gateway.get(`/api/guards/${id}`)).status).toBe(404)
    expect((await gateway.chat(asked)).body.error.code).toBe('guard_not_found')
  })

  it('makes a guard of a template, whose defaults and presets lie beneath its parameters', async () => {
    await using database = await openTestDatabase()
    await using gateway = await startGateway({ plugins: parts(), database })
    const listed = await gateway.get('/api/guards/templates')
    expect(listed.body.data).toMatchObject([
      { id: 'validation-word-count', type: 'word_count', defaults: { max_words: 3, min_words: 1 } },
    ])
    expect(listed.body.kinds.map(({ type }: { type: string }) => type)).toEqual(
      expect.arrayContaining(['keywords', 'regex', 'word_count']),
    )
    const made = await gateway.post('/api/guards', {
      template_id: 'validation-word-count',
      parameters: { max_words: 2 },
    })
    expect(made.body.id).toMatch(/^validation_word_count_[a-z\d]{8}$/)
    const { id } = made.body
    expect((await gateway.chat(say('local/echo', 'one-two', using(id)))).status).toBe(200)
    expect((await gateway.chat(say('local/echo', 'one-two three', using(id)))).status).toBe(446)
    const wider = using(id, { max_words: 3 })
    expect((await gateway.chat(say('local/echo', 'one-two three', wider))).status).toBe(200)
  })

  it('applies a guard that is always on, which a request can not weaken', async () => {
    await using database = await openTestDatabase()
    await using gateway = await startGateway({ plugins: parts(), database })
    const body = {
      id: 'mine',
      type: 'keywords',
      apply: 'always',
      parameters: { words: ['herring'] },
    }
    expect((await gateway.post('/api/guards', body)).status).toBe(201)
    expect((await gateway.chat(say('local/echo', 'herring'))).status).toBe(446)
    const other = using('mine', { words: ['cod'] })
    expect((await gateway.chat(say('local/echo', 'herring', other))).status).toBe(446)
    expect((await gateway.chat(say('local/echo', 'cod', other))).status).toBe(446)
  })

  it('holds at once where it was made, and in every gateway on the database within seconds', async () => {
    const settings = { ...(await makeTestDatabase(kind)), mode: 'attach' as const }
    const start = (): Promise<TestGateway> =>
      startGateway({ plugins: parts(), database: createDatabase(settings) })
    await using one = await start()
    await using other = await start()
    const body = { id: 'mine', type: 'keywords', parameters: { words: ['herring'] } }
    await one.post('/api/guards', body)
    const asked = say('local/echo', 'herring', using('mine'))
    expect((await one.chat(asked)).status).toBe(446)
    await untilStatus(() => other.chat(asked), 446)
    expect((await other.post('/api/guards', body)).body.error.code).toBe('name_taken')
    expect((await other.post('/api/guards', { ...body, id: 'house' })).status).toBe(409)
    await send(other, 'DELETE', '/api/guards/mine')
    await untilStatus(() => one.chat(asked), 404)
  })

  it('keeps the guards of one project from another', async () => {
    const settings = { ...(await makeTestDatabase(kind)), mode: 'attach' as const }
    const start = (): Promise<TestGateway> =>
      startGateway({
        plugins: [...parts(), accounts()],
        database: createDatabase(settings),
        environment: { TAPGATE_KEY: MASTER, TAPGATE_SECRET: SECRET },
      })
    const operator = as(MASTER)
    const database = createDatabase(settings)
    {
      await using gateway = await start()
      const body = { id: 'mine', type: 'keywords', parameters: { words: ['herring'] } }
      expect((await gateway.post('/api/guards', body, operator)).status).toBe(201)
      const reader = await gateway.post('/api/keys', { name: 'r', permissions: ['read'] }, operator)
      const seen = await gateway.get('/api/guards/mine', as(reader.body.key))
      expect(seen.body).toMatchObject({ id: 'mine', source: 'project' })
      expect(seen.body.parameters).toBeUndefined()
      expect((await gateway.post('/api/guards', body, as(reader.body.key))).status).toBe(403)
      await database.open()
      await database.query('update guards set project_id = $1', [
        '00000000-0000-4000-8000-000000000001',
      ])
      await database.close()
    }
    await using again = await start()
    expect((await again.get('/api/guards/mine', operator)).status).toBe(404)
    const asked = say('local/echo', 'herring', using('mine'))
    expect((await again.chat(asked, operator)).body.error.code).toBe('guard_not_found')
  })
})

describeDatabases((_kind, openTestDatabase) => {
  it('names what is wrong', async () => {
    await using database = await openTestDatabase()
    await using gateway = await startGateway({ plugins: parts(), database })
    const template_id = 'validation-word-count'
    const wrong: [object, string][] = [
      [{}, 'type'],
      [{ type: 'keyword' }, 'type'],
      [{ template_id: 'nothing' }, 'template_id'],
      [{ type: 'keywords' }, 'parameters.words'],
      [{ type: 'keywords', parameters: { words: [] } }, 'parameters.words'],
      [{ type: 'regex', parameters: { patterns: ['('] } }, 'parameters.patterns[0]'],
      [{ type: 'word_count', action: 'redact' }, 'action'],
      [{ type: 'keywords', parameters: { words: ['a'] }, stages: 'both' }, 'stages'],
      [{ id: 'templates', type: 'word_count' }, 'id'],
      [{ template_id, parameters: { words: 1 } }, 'parameters.words'],
    ]
    for (const [body, param] of wrong) {
      const answer = await gateway.post('/api/guards', body)
      expect(answer.status).toBe(400)
      expect(answer.body.error.param).toBe(param)
    }
  })

  it('shows the guards of the config file, and leaves them to it', async () => {
    await using database = await openTestDatabase()
    await using gateway = await startGateway({ plugins: parts(), database })
    const list = await gateway.get('/api/guards')
    expect(list.body.data).toMatchObject([{ id: 'house', source: 'config', type: 'keywords' }])
    expect((await send(gateway, 'DELETE', '/api/guards/house')).status).toBe(400)
    expect((await send(gateway, 'DELETE', '/api/guards/nothing')).status).toBe(404)
  })

  it('tries a guard on a text, and shows what it finds', async () => {
    await using database = await openTestDatabase()
    await using gateway = await startGateway({ plugins: parts(), database })
    const tried = await gateway.post('/api/guards/house/test', { text: 'a Swordfish swims' })
    expect(tried.body).toMatchObject({
      passed: false,
      outcome: 'blocked',
      confidence: 1,
      spans: [{ segment: 0, start: 2, end: 11, label: 'KEYWORD', text: 'Swordfish' }],
      segments: [{ kind: 'text', highlighted: 'a »Swordfish« swims', changed: 'a *** swims' }],
    })
    const messages = [{ role: 'user', content: 'a cod' }]
    const other = { messages, parameters: { words: ['cod'] }, stage: 'output' }
    expect((await gateway.post('/api/guards/house/test', other)).body.passed).toBe(false)
    expect((await gateway.post('/api/guards/house/test', {})).body.error.param).toBe('text')
    expect(gateway.records).toHaveLength(0)
  })
})
