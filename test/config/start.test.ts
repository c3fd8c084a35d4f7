import { join } from 'node:path'

import { expect, it } from 'vitest'

import { INSTALLATION, startProgram } from '../helpers/serve.ts'
import { C_LIBRARY, NODE_FLAGS } from '../helpers/start-settings.ts'
import { makeFolder } from './command-line.ts'

const CONFIG = `
  import { defineConfig } from '#config'
  import { demo } from '#plugins/providers/demo'
  console.log('Begun with ' + JSON.stringify([process.pid, process.execArgv, process.env]))
  export default defineConfig({ plugins: [demo()] })`

const START = join(INSTALLATION, 'config/start.mjs')

it('the process that npm starts becomes the gateway, with settings that are read once', async () => {
  const ownFlags = ['--max-semi-space-size=32', '--no-warnings']
  await using program = startProgram({
    command: [process.execPath, ...ownFlags, START],
    folder: await makeFolder(CONFIG),
    environment: { PORT: '0', TAPGATE_MOOD: 'good' },
  })
  const [, told = ''] = await program.printed(/^Begun with (.*)/m)
  const [pid, flags, environment] = JSON.parse(told)
  expect(pid).toBe(program.pid)
  // What the operator gives comes last, and so it wins.
  expect(flags).toEqual([...NODE_FLAGS, ...ownFlags])
  expect(environment).toMatchObject({ ...C_LIBRARY, TAPGATE_MOOD: 'good' })

  const [, url = ''] = await program.printed(/ at (http:\/\/\S+)/)
  expect((await fetch(`${url}/livez`)).status).toBe(200)
  program.kill('SIGTERM')
  expect(await program.ended).toEqual({ code: 0, signal: null })
})

it('a Node that is too old says which one to take', async () => {
  const asOldOnes = 'data:text/javascript,delete process.execve'
  await using program = startProgram({ command: [process.execPath, '--import', asOldOnes, START] })
  expect(await program.ended).toEqual({ code: 2, signal: null })
  expect(program.output).toMatch(/^Node v\S+ is too old\. Start with "npm start"/)
})
