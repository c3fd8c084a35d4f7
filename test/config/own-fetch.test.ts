import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { expect, it } from 'vitest'

import { INSTALLATION } from '../helpers/serve.ts'

const TELL_FETCHES = `
  const { _cache } = process.getBuiltinModule('node:module')
  const fetches = [
    process.moduleLoadList.includes('NativeModule internal/deps/undici/undici') && 'of Node',
    Object.keys(_cache).some((file) => file.endsWith('undici/lib/web/fetch/index.js')) && 'of undici',
  ]
  process._rawDebug(fetches.filter(Boolean).join(', ') || 'none')`

/** Runs a program, and tells which fetches have been loaded for it. */
async function tellFetches(...program: readonly string[]): Promise<string> {
  const atExit = `data:text/javascript,process.on('exit', () => {${encodeURIComponent(TELL_FETCHES)}})`
  const run = promisify(execFile)
  const { stderr } = await run(process.execPath, ['--import', atExit, ...program])
  return stderr.trim()
}

it('the gateway loads no fetch before it uses one', async () => {
  const config = join(INSTALLATION, 'gateway.config.ts')
  const cli = join(INSTALLATION, 'config/cli.mjs')
  expect(await tellFetches(cli, '--config', config, 'routes')).toBe('none')
  expect(await tellFetches('--eval', 'import("node:http")')).toBe('of Node')
  expect(await tellFetches('--eval', 'require("undici")')).toContain('of undici')
})
