import { beforeAll, describe, expect, it } from 'vitest'

import { SetupError, type PluginEntry } from '#core'
import { routers } from '#plugins/routing/routers'
import { virtualModels } from '#plugins/routing/virtual-models'

import type { DatabaseSettings } from '../../../core/database.ts'
import { makeTestDatabase } from '../../helpers/database.ts'
import { openWorkshop, type Workshop } from './virtual-models/workshop.ts'

let settings: DatabaseSettings

beforeAll(async () => {
  settings = await makeTestDatabase('postgres')
})

const open = (...plugins: PluginEntry[]): Promise<Workshop> => openWorkshop(settings, ...plugins)

describe('in the config file', () => {
  it('a list stands for the first of its models that answers', async () => {
    const models = { fast: ['b/two', 'a/one'], sure: ['a/one', 'b/one'] }
    await using workshop = await open(virtualModels({ models }))
    expect((await workshop.asked('fast')).model).toBe('two')
    expect((await workshop.asked('sure')).model).toBe('one')
    const listed = (await workshop.gateway.get('/v1/models')).body.data
    const ids = listed.map(({ id }: { readonly id: string }) => id)
    expect(ids).toEqual(expect.arrayContaining(['fast', 'sure']))
  })

  it('each target may have parameters and a prompt of its own', async () => {
    const prompt = { role: 'system', content: 'Be brief.' }
    const models = {
      brief: [{ model: 'b/one', temperature: 0.2, messages: [prompt] }],
      briefer: [{ model: 'brief', max_tokens: 5 }],
    }
    await using workshop = await open(virtualModels({ models }))
    expect(await workshop.asked('briefer', { temperature: 1 })).toEqual({
      model: 'one',
      temperature: 0.2,
      max_tokens: 5,
      messages: [prompt, { role: 'user', content: 'hi' }],
    })
  })

  it('a virtual model may have all that one made over HTTP has', async () => {
    const models = {
      poet: {
        description: 'Writes verse.',
        router: { type: 'fallback', targets: ['a/one', 'b/two'] },
        messages: [{ role: 'system', content: 'Write {{form}}.' } as const],
        variables: { form: { description: 'A form of verse.', default: 'haiku' } },
        parameters: { temperature: 1 },
      },
    }
    await using workshop = await open(virtualModels({ models }), routers())
    expect(await workshop.asked('poet')).toEqual({
      model: 'two',
      temperature: 1,
      messages: [
        { role: 'system', content: 'Write haiku.' },
        { role: 'user', content: 'hi' },
      ],
    })
  })

  it('there may be none', async () => {
    await using workshop = await open(virtualModels())
    expect((await workshop.chat('constructor')).body.error.code).toBe('model_not_found')
  })

  it.each([
    [{ self: ['b/one', 'self'] }, 'The virtual model "self" stands for itself: self → self.'],
    [
      {
        entry: ['x'],
        x: ['b/one', { model: 'y', temperature: 1 }],
        y: { targets: ['z'] },
        z: ['x'],
      },
      'The virtual model "x" stands for itself: x → y → z → x.',
    ],
  ])('a loop is refused: %j', async (models, message) => {
    await expect(open(virtualModels({ models }))).rejects.toThrow(SetupError)
    await expect(open(virtualModels({ models }))).rejects.toThrow(message)
  })

  it.each([
    [{ fast: [] }, 'models.fast'],
    [{ fast: [{ temperature: 1 }] }, 'models.fast[0].model'],
    [{ fast: ['b/one', { model: 7 }] }, 'models.fast[1].model'],
    [{ fast: [{ model: 'b/one', extra: { guards: [] } }] }, 'models.fast[0].extra'],
    [{ fast: {} }, 'models.fast.targets'],
    [{ fast: { targets: [{ model: 7 }] } }, 'models.fast.targets[0].model'],
    [
      { fast: { targets: ['b/one'], parameters: { stream: true } } },
      'models.fast.parameters.stream',
    ],
    [{ fast: { targets: ['b/one'], parameters: { top_p: 7 } } }, 'models.fast.parameters.top_p'],
    [{ fast: { router: { type: 'dice' } } }, 'models.fast.router.type'],
  ])('%j is refused, and the place is told', async (models, path) => {
    await expect(open(virtualModels({ models }), routers())).rejects.toThrow(path)
  })

  it('a mistake is told once', async () => {
    // @ts-expect-error The editor knows the fields too.
    const plugin = virtualModels({ models: { fast: { targest: ['b/one'] } } })
    await expect(open(plugin)).rejects.toThrow(
      /^\[\{"path":"models\.fast\.targest","message":"is not known; did you mean \\"targets\\"\?",/,
    )
    await expect(open(plugin)).rejects.not.toThrow('must be array')
  })

  it('a router needs the plugin for routers', async () => {
    const models = { dice: { router: { type: 'random', targets: ['b/one'] } } }
    await expect(open(virtualModels({ models }))).rejects.toMatchObject({
      problems: [expect.stringContaining('#plugins/routing/routers')],
    })
    await using workshop = await open(virtualModels())
    const refusal = await workshop.api('POST', '', { name: 'dice', ...models.dice })
    expect(refusal.status).toBe(400)
    expect(refusal.body.error.param).toBe('router')
  })

  it('a model or guard that is not there is warned of', async () => {
    const models = {
      fast: ['c/one', 'b/one'],
      safe: { targets: ['b/one'], guards: ['none'] },
      dice: { router: { type: 'random', targets: ['c/two', 'b/one'] } },
    }
    await using workshop = await open(virtualModels({ models }), routers())
    const logged = workshop.gateway.logs.map((line) => JSON.parse(line))
    expect(logged.filter(({ level }) => level === 'warn')).toMatchObject([
      { virtualModel: 'fast', model: 'c/one' },
      { virtualModel: 'safe', guard: 'none' },
      { virtualModel: 'dice', model: 'c/two' },
    ])
    expect((await workshop.asked('fast')).model).toBe('one')
    expect((await workshop.chat('safe')).body.error.code).toBe('guard_not_found')
  })
})
