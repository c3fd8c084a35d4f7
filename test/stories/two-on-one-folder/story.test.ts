import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { say } from '../../helpers/gateway.ts'
import { INSTALLATION, serve, startProgram } from '../../helpers/serve.ts'
import { startBusyClients } from '../busy-clients.ts'
import { expectExactLedger } from '../ledger-of.ts'

const config = join(import.meta.dirname, 'gateway.config.ts')

describe('a second gateway on the data folder of a first', () => {
  it('is sent away with a sentence, and does the first one no harm', async () => {
    await using first = await serve({ config })
    const environment = {
      PORT: '0',
      TAPGATE_CONFIG: config,
      TAPGATE_DATA: first.database.folder,
    }
    const clients = startBusyClients(4, () => first.url)
    await clients.more(50)

    await using second = startProgram({ environment })
    expect(await second.ended).toEqual({ code: 1, signal: null })
    expect(second.output.split('\n')).toEqual([
      `Another Tapgate (process ${first.pid}) uses ${first.database.folder}.`,
      'Stop it or set TAPGATE_DATA to another folder.',
      '',
    ])

    await clients.more(50)
    await clients.stop()
    expect(clients.refusals).toEqual([])
    await expectExactLedger(first, clients.answered)
  })

  it('does not keep a command from working beside the first', async () => {
    await using first = await serve({ config })
    const environment = { TAPGATE_CONFIG: config, TAPGATE_DATA: first.database.folder }
    const cli = [process.execPath, join(INSTALLATION, 'config/cli.mjs')]
    await using command = startProgram({
      command: [...cli, 'keys', 'create', '--name', 'second', '--json'],
      environment,
    })
    expect(await command.ended).toEqual({ code: 0, signal: null })
    const { key } = JSON.parse(command.output)
    const authorization = `Bearer ${key}`
    expect((await first.chat(say('demo/echo', 'Hello.'), { authorization })).status).toBe(200)
  })

  it('takes over as soon as the first has ended, however that was', async () => {
    await using first = await serve({ config })
    first.kill('SIGKILL')
    await using second = await serve({ config, database: first.database })
    expect((await second.chat(say('demo/echo', 'Hello.'))).status).toBe(200)
  })
})
