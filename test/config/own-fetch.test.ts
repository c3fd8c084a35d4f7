import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { expect, it } from 'vitest'

import { INSTALLATION } from '../helpers/serve.ts'

const WHETHER_LOADED =
  'process.moduleLoadList.includes("NativeModule internal/deps/undici/undici") ? "loaded" : "spared"'

/** Runs a program, and tells whether Node has loaded its own fetch for it. */
async function tellOwnFetch(...program: readonly string[]): Promise<string> {
  const atExit = `data:text/javascript,process.on('exit', () => process._rawDebug(${WHETHER_LOADED}))`
  const run = promisify(execFile)
  const { stderr } = await run(process.execPath, ['--import', atExit, ...program])
  return stderr.trim()
}

it('the gateway does not have Node load a fetch that it does not use', async () => {
  const config = join(INSTALLATION, 'gateway.config.ts')
  const cli = join(INSTALLATION, 'config/cli.mjs')
  expect(await tellOwnFetch(cli, '--config', config, 'routes')).toBe('spared')
  expect(await tellOwnFetch('--eval', 'import("node:http")')).toBe('loaded')
})
