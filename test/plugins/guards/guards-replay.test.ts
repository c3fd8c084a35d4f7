import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { expect, it } from 'vitest'

import { guards } from '#plugins/guards/guards'
import { keywords } from '#plugins/guards/keywords'
import { ledger } from '#plugins/usage/ledger'

import { describeDatabases } from '../../helpers/database.ts'
import { say, startGateway, type TestAnswer, type TestGateway } from '../../helpers/gateway.ts'
import { run } from '../access/house.ts'
import { localProvider } from '../local-provider.ts'

const plugins = [
  localProvider('local', ['m'], () => 'I know no fish.'),
  guards([keywords]),
  ledger(),
]

/** Asks until so many requests were read: the ledger writes a moment after the answer. */
async function replayed(gateway: TestGateway, body: object, count: number): Promise<TestAnswer> {
  for (;;) {
    const answer = await gateway.post('/api/guards/replay', body)
    if (answer.status !== 200 || answer.body.requests.read === count) return answer
    await sleep(50)
  }
}

describeDatabases((_kind, openTestDatabase) => {
  it('shows what a guard would have done to the requests of the past', async () => {
    await using database = await openTestDatabase()
    await using gateway = await startGateway({ plugins, database })
    for (const text of ['a herring swims', 'hello', 'two herrings']) {
      await gateway.chat(say('local/m', text))
    }
    await gateway.chat(say('local/m', 'a herring'), { 'x-store': 'false' })
    const guard = { type: 'keywords', stage: 'input', parameters: { words: ['herring'] } }
    const { body } = await replayed(gateway, { guard, since: '1h' }, 3)
    expect(body).toMatchObject({
      requests: { read: 3, not_kept: 1, passed: 1, blocked: 2, redacted: 0, failed: 0 },
      labels: { KEYWORD: 2 },
    })
    expect(body.duration_ms.mean).toBeGreaterThan(0)
    expect(body.duration_ms.p95).toBeGreaterThanOrEqual(body.duration_ms.mean)
    expect(body.examples).toMatchObject([
      { outcome: 'blocked', labels: ['KEYWORD'], excerpt: 'a »herring« swims' },
      { outcome: 'blocked', excerpt: 'two »herring«s' },
    ])
    expect(gateway.records).toHaveLength(4)

    const masking = { ...guard, stage: 'output', action: 'redact', parameters: { words: ['fish'] } }
    const masked = await replayed(gateway, { guard: masking }, 3)
    expect(masked.body.requests).toMatchObject({ redacted: 3, blocked: 0 })

    const file = join(mkdtempSync(join(tmpdir(), 'tapgate-replay-')), 'new.json')
    writeFileSync(file, JSON.stringify(guard))
    const options = { guard: file, since: '1h', limit: '100' }
    const { text, json } = await run(gateway, 'guard replay', { options })
    expect(text).toContain('Requests: 3 read, 1 not kept, 1 passed, 2 blocked.')
    expect(json).toMatchObject({ requests: { blocked: 2 } })
  })

  it('refuses what it can not try', async () => {
    await using database = await openTestDatabase()
    await using gateway = await startGateway({ plugins, database })
    const guard = { type: 'keywords', parameters: { words: ['a'] } }
    const wrong: [object, string][] = [
      [{}, 'guard'],
      [{ guard: { type: 'nothing' } }, 'type'],
      [{ guard, since: 'yesterday' }, 'since'],
      [{ guard, limit: 0 }, 'limit'],
    ]
    for (const [body, param] of wrong) {
      const answer = await gateway.post('/api/guards/replay', body)
      expect(answer.status).toBe(400)
      expect(answer.body.error.param).toBe(param)
    }
    const unknown = await gateway.post('/api/guards/replay', { guard: 'nothing' })
    expect(unknown.status).toBe(404)
  })
})
