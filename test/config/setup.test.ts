import { chmod, copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { INSTALLATION } from '../helpers/serve.ts'
import { makeFolder, runProgram, type Outcome } from './command-line.ts'

const NODE = '26.10.0'
const KOA = { 'node_modules/koa': { version: '3.0.0' } }
const TOOL = { 'node_modules/tool': { version: '1.0.0', dev: true } }
const FOREIGN = { 'node_modules/foreign': { version: '1.0.0', optional: true } }

/** Stands in for npm: notes how it was called, and leaves what npm would. */
const NPM = `#!/bin/sh
echo "$@" >> calls.txt
[ -e npm-fails ] && exit 1
mkdir -p node_modules/.bin
cp installs.json node_modules/.package-lock.json
printf '#!/bin/sh\\necho %s\\n' "$(cat installs-node.txt)" > node_modules/.bin/node
chmod +x node_modules/.bin/node
`

/** A repository with nothing but what setup.mjs looks at. */
class Checkout {
  readonly #folder: string

  private constructor(folder: string) {
    this.#folder = folder
  }

  static async make(): Promise<Checkout> {
    const checkout = new Checkout(await makeFolder())
    const { at } = checkout
    await mkdir(at('config'))
    await mkdir(at('bin'))
    await copyFile(join(INSTALLATION, 'config/setup.mjs'), at('config/setup.mjs'))
    await writeFile(at('bin/npm'), NPM)
    await chmod(at('bin/npm'), 0o755)
    await writeFile(at('package.json'), JSON.stringify({ dependencies: { node: NODE } }))
    await writeFile(at('installs-node.txt'), `v${NODE}`)
    await checkout.wants({ ...KOA, ...TOOL, ...FOREIGN })
    await checkout.npmInstalls({ ...KOA, ...TOOL })
    return checkout
  }

  readonly at = (path: string): string => join(this.#folder, path)

  wants(packages: object): Promise<void> {
    return writeFile(this.at('package-lock.json'), JSON.stringify({ packages }))
  }

  npmInstalls(packages: object): Promise<void> {
    return writeFile(this.at('installs.json'), JSON.stringify({ packages }))
  }

  async setUp(environment: Readonly<Record<string, string>> = {}): Promise<Outcome> {
    const PATH = `${this.at('bin')}:${process.env['PATH'] ?? ''}`
    const command = [process.execPath, this.at('config/setup.mjs')]
    return runProgram(command, this.#folder, { PATH, ...environment })
  }

  /** How npm was called, each time. */
  async calls(): Promise<readonly string[]> {
    const lines = await readFile(this.at('calls.txt'), 'utf8').catch(() => '')
    return lines.split('\n').filter((line) => line !== '')
  }
}

const CI = 'ci --no-audit --no-fund --loglevel=error'
const QUIET = { code: 0, stdout: '', stderr: '' }

describe('the setup before each script', () => {
  it('installs on the first run and says so, and does nothing on the next', async () => {
    const checkout = await Checkout.make()
    const { code, stdout } = await checkout.setUp()
    expect(code).toBe(0)
    expect(stdout).toMatch(/^First run\. Installing with npm; .*\nInstalled in \d+ s\.\n$/)
    expect(await checkout.calls()).toEqual([CI])

    expect(await checkout.setUp()).toEqual(QUIET)
    expect(await checkout.calls()).toHaveLength(1)
  })

  it('installs again when the lock file wants something else', async () => {
    const checkout = await Checkout.make()
    await checkout.setUp()
    await checkout.wants({ 'node_modules/koa': { version: '3.1.0' } })
    expect((await checkout.setUp()).stdout).toMatch(/^The dependencies have changed\. /)
    expect(await checkout.calls()).toEqual([CI, CI])
  })

  it('leaves alone what somebody has installed by hand, if it is what the lock file wants', async () => {
    const checkout = await Checkout.make()
    await checkout.setUp()
    await rm(checkout.at('node_modules/.tapgate-setup'))
    expect(await checkout.setUp()).toEqual(QUIET)
    expect(await checkout.calls()).toHaveLength(1)
  })

  it('installs again when the last installation was cut off', async () => {
    const checkout = await Checkout.make()
    await checkout.setUp()
    await rm(checkout.at('node_modules/.tapgate-setup'))
    await rm(checkout.at('node_modules/.bin'), { recursive: true })
    expect((await checkout.setUp()).stdout).toMatch(/^The last installation is not complete\. /)
  })

  it('leaves the tools out in production, and brings them when they are needed', async () => {
    const checkout = await Checkout.make()
    const production = { NODE_ENV: 'production' }
    await checkout.npmInstalls(KOA)
    await checkout.setUp(production)
    expect(await checkout.setUp(production)).toEqual(QUIET)

    await checkout.npmInstalls({ ...KOA, ...TOOL })
    await checkout.setUp()
    expect(await checkout.calls()).toEqual([`${CI} --omit=dev`, CI])
    expect(await checkout.setUp(production)).toEqual(QUIET)
  })

  it('says what to do when npm fails', async () => {
    const checkout = await Checkout.make()
    await writeFile(checkout.at('npm-fails'), '')
    const { code, stderr } = await checkout.setUp()
    expect(code).toBe(1)
    expect(stderr).toMatch(
      /^\nThe installation failed; npm has said why above\.\nIt needs the network/,
    )
    await rm(checkout.at('npm-fails'))
    expect((await checkout.setUp()).code).toBe(0)
  })

  it('says what to do when there is no npm', async () => {
    const checkout = await Checkout.make()
    const { code, stderr } = await checkout.setUp({ PATH: checkout.at('config') })
    expect(code).toBe(1)
    expect(stderr).toMatch(/npm could not be started: .*\nInstall npm, which comes with Node\.\n$/)
  })

  it('says so when the Node that was installed does not run', async () => {
    const checkout = await Checkout.make()
    await writeFile(checkout.at('installs-node.txt'), 'v20.0.0')
    const { code, stderr } = await checkout.setUp()
    expect(code).toBe(1)
    expect(stderr).toContain(`Node ${NODE} was installed but does not run here.`)
  })
})
