import { getPriority } from 'node:os'

import { expect, it, onTestFinished } from 'vitest'

import { prepareLauncher } from '../../../../plugins/routing/script/launch.ts'
import { defaultScriptLimits } from '../../../../plugins/routing/script/limits.ts'
import { spawnSandbox } from '../../../../plugins/routing/script/spawn-sandbox.ts'

it.each([
  ['of strangers gives way to the gateway', false, 5],
  ["of the operator's scripts does not", true, 0],
])('a sandbox %s', async (_whose, isTrusted, niceness) => {
  const launcher = await prepareLauncher(defaultScriptLimits, () => {})
  const child = spawnSandbox(launcher(1, 'sandbox.mjs', isTrusted))
  onTestFinished(() => void child.kill())
  expect(getPriority(child.pid)).toBe(getPriority() + niceness)
})
