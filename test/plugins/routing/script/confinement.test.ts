import { execFile } from 'node:child_process'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { describe, expect, it, vi } from 'vitest'

import { defaultScriptLimits } from '../../../../plugins/routing/script/engine.ts'
import { confine, prepareLauncher } from '../../../../plugins/routing/script/launch.ts'

// The tests share their machine with others, and a busy one takes its time.
vi.setConfig({ testTimeout: 120_000 })

const probe = join(import.meta.dirname, '../../../fixtures/confinement-probe.mjs')

const engines = ['isolated-vm', 'quickjs'] as const

async function runProbe(engine: (typeof engines)[number], isTrusted = false): Promise<unknown> {
  const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  const argument = JSON.stringify({ port, gatewayPid: process.pid })
  const program = { entry: probe, engine, isTrusted, argument, readable: [probe], cpuSeconds: 60 }
  const { command, args } = confine(program)
  const { identity } = (await prepareLauncher(defaultScriptLimits, () => {}, engine))(1)
  const { stdout } = await promisify(execFile)(command, args, { ...identity, cwd: '/', env: {} })
  server.close()
  return JSON.parse(stdout)
}

describe.each(engines)('the process of the sandboxes of %s', (engine) => {
  it('can do nothing but compute', async () => {
    // QuickJS is WebAssembly itself.
    const done = engine === 'quickjs' ? ['use WebAssembly'] : []

    expect(await runProbe(engine)).toMatchObject({ done, environment: {} })
  })

  it('can compile what the operator wrote, and nothing more', async () => {
    const done = ['use WebAssembly']

    expect(await runProbe(engine, true)).toMatchObject({ done, environment: {} })
  })

  it.runIf(process.getuid?.() === 0)('is not root, or says why', async () => {
    const warnings: string[] = []
    const launcher = await prepareLauncher(
      defaultScriptLimits,
      (text) => warnings.push(text),
      engine,
    )
    const { identity } = launcher(1)

    expect(await runProbe(engine)).toMatchObject({ uid: identity?.uid ?? 0 })
    expect(warnings).toHaveLength(identity ? 0 : 1)
  })

  it.runIf(process.platform === 'linux').for([
    ['for strangers', false, { 'isolated-vm': 192, quickjs: 704 }],
    ['for the operator', true, { 'isolated-vm': 1280, quickjs: 704 }],
  ] as const)('has limits of the kernel on it: %s', async ([, isTrusted, dataMb]) => {
    const program = { entry: '', engine, isTrusted, argument: '', readable: [], cpuSeconds: 60 }
    const { command, args } = confine(program)
    const script = args[1]?.replace('exec "$0" "$@"', 'cat /proc/self/limits') ?? ''

    const { stdout } = await promisify(execFile)(command, ['-c', script])

    const limitOf = (name: string): number =>
      Number(new RegExp(`^Max ${name} +(\\d+)`, 'm').exec(stdout)?.[1])
    // V8 sets 512 MB aside for the code that it may compile.
    expect(limitOf('data size')).toBe(dataMb[engine] * 2 ** 20)
    expect(limitOf('core file size')).toBe(0)
    expect(limitOf('file size')).toBe(0)
    expect(limitOf('open files')).toBe(64)
    expect(limitOf('cpu time')).toBe(60)
  })
})
