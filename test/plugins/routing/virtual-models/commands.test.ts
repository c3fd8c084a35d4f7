import { afterAll, beforeAll, expect, it } from 'vitest'

import { virtualModels } from '#plugins/routing/virtual-models'

import { makeTestDatabase } from '../../../helpers/database.ts'
import { BLUE, openWorkshop, RED, type Workshop } from './workshop.ts'

let workshop: Workshop

beforeAll(async () => {
  const plugin = virtualModels({ models: { fast: ['b/one'] } })
  workshop = await openWorkshop(await makeTestDatabase('postgres'), plugin)
})
afterAll(() => workshop[Symbol.asyncDispose]())

const at = (temperature: number): object => ({ targets: ['b/one'], parameters: { temperature } })

it('are listed for all projects', async () => {
  await workshop.make('support', at(0.1), RED)
  await workshop.api('POST', '', { name: 'draft', ...at(0) }, BLUE)
  const { text, json } = await workshop.run('list')
  expect(text.split('\n')).toEqual([
    'fast  in the config file',
    `draft  1 version, none published  project ${BLUE}`,
    `support  1 version, 1 published  project ${RED}`,
  ])
  expect(json).toMatchObject([
    { name: 'fast', source: 'config' },
    { name: 'draft', source: 'api', published_version: null, project_id: BLUE },
    { name: 'support', source: 'api', published_version: 1, project_id: RED },
  ])
})

it('are shown with their versions', async () => {
  await workshop.api('PUT', '/support', at(0.2))
  const { text, json } = await workshop.run('show', ['support'])
  expect(text).toMatch(/^support  2 versions, 1 published\n/)
  expect(json).toMatchObject({
    name: 'support',
    versions: [
      { version: 2, status: 'draft', ...at(0.2) },
      { version: 1, status: 'published', ...at(0.1) },
    ],
  })
  expect((await workshop.run('show', ['fast'])).json).toMatchObject({ source: 'config' })
})

it('are published, newer or older', async () => {
  await workshop.run('publish', ['support', '2'])
  expect((await workshop.asked('support')).temperature).toBe(0.2)
  const { json } = await workshop.run('publish', ['support', '1'])
  expect(json).toEqual({ name: 'support', published_version: 1 })
  expect((await workshop.asked('support')).temperature).toBe(0.1)
})

it('are told apart by their project where they have the same name', async () => {
  await workshop.make('twin', at(0.1), RED)
  await workshop.make('twin', at(0.2), BLUE)
  await expect(workshop.run('show', ['twin'])).rejects.toThrow('2 projects')
  const { json } = await workshop.run('show', ['twin'], { project: BLUE })
  expect(json).toMatchObject({ versions: [at(0.2)] })
})

it.each([
  ['show', ['unknown'], 'no virtual model "unknown"'],
  ['publish', ['support', '9'], 'no version 9'],
  ['publish', ['support', 'last'], 'version is not valid'],
])('say what is wrong with "%s %j"', async (command, args, message) => {
  await expect(workshop.run(command, args)).rejects.toThrow(message)
})
