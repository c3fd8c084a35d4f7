import { expect, it } from 'vitest'

import { accounts } from '#plugins/access/accounts'
import { openaiCompatible } from '#plugins/providers/openai-compatible'
import { routers } from '#plugins/routing/routers'
import { virtualModels } from '#plugins/routing/virtual-models'

import { say, startGateway } from '../../helpers/gateway.ts'
import { completion } from '../../helpers/openai.ts'
import { json, startUpstream } from '../../helpers/upstream.ts'

const MASTER = 'sk-master-key-of-these-tests'

it('tells a script how models do, but none that only another project asks for', async () => {
  await using upstream = await startUpstream(() => json(completion()))
  await using gateway = await startGateway({
    plugins: [
      accounts(),
      openaiCompatible({
        name: 'up',
        baseUrl: `${upstream.url}/v1`,
        apiKey: 'sk-x',
        models: ['listed'],
      }),
      virtualModels(),
      routers(),
    ],
    environment: { TAPGATE_KEY: MASTER },
  })
  const as = { authorization: `Bearer ${MASTER}` }
  const inProject = (id: string): Record<string, string> => ({ ...as, 'x-project-id': id })
  const makeProject = async (name: string): Promise<string> =>
    (await gateway.post('/projects', { name }, as)).body.id
  const [owner, other] = [await makeProject('owner'), await makeProject('other')]

  await gateway.post(
    '/api/virtual-models',
    { name: 'mine', targets: ['up/ft-bluebird'], publish: true },
    inProject(owner),
  )
  for (const model of ['mine', 'up/listed']) {
    expect((await gateway.chat(say(model, 'hi'), inProject(owner))).status).toBe(200)
  }

  const script = `const route = ({ metrics }) =>
    ({ model: 'up/listed', user: Object.keys(metrics.up?.models ?? {}).toSorted().join() })`
  const seenBy = async (project: string): Promise<string> => {
    const router = { type: 'script', script }
    await gateway.chat(say('router/dynamic', 'hi', { router }), inProject(project))
    return String(upstream.requests.at(-1)?.body.user)
  }
  await expect.poll(() => seenBy(owner), { timeout: 10_000 }).toBe('ft-bluebird,listed')
  expect(await seenBy(other)).toBe('listed')
})
