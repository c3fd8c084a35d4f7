// Installs what is missing before a script runs. Plain JavaScript without dependencies, for it is
// started by whatever Node the machine has; all the rest runs under the pinned one.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const OLDEST_NODE = 20
const root = fileURLToPath(new URL('..', import.meta.url))
const stampFile = join(root, 'node_modules', '.tapgate-setup')
const isProduction = process.env.NODE_ENV === 'production'

/** What an installation is made from: the lock file, and whether tools are left out. */
function wantedStamp() {
  const lock = readFileSync(join(root, 'package-lock.json'))
  const digest = createHash('sha256').update(lock).digest('hex')
  return `${digest} ${isProduction ? 'production' : 'all'}\n`
}

function installedStamp() {
  return existsSync(stampFile) ? readFileSync(stampFile, 'utf8') : ''
}

function fail(message, hint) {
  process.stderr.write(`\n${message}\n${hint}\n`)
  process.exit(1)
}

function install(reason) {
  process.stdout.write(`${reason} Installing with npm, about half a minute …\n`)
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error']
  if (isProduction) args.push('--omit=dev')
  const startedAt = Date.now()
  const { status, error } = spawnSync(npm, args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
  })
  if (error)
    fail(`npm could not be started: ${error.message}`, 'Install npm, which comes with Node.')
  if (status !== 0) {
    fail('The installation failed.', 'Is there a network? Then try "npm ci" for the whole story.')
  }
  process.stdout.write(`Installed in ${Math.round((Date.now() - startedAt) / 1000)} s.\n`)
}

/** The Node that comes with the dependencies must run on this machine. */
function checkPinnedNode() {
  const name = process.platform === 'win32' ? 'node.cmd' : 'node'
  const file = join(root, 'node_modules', '.bin', name)
  const { status, stdout } = spawnSync(file, ['--version'], {
    encoding: 'utf8',
    shell: process.platform === 'win32',
  })
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  if (status === 0 && stdout.trim() === `v${dependencies.node}`) return
  fail(
    `Node ${dependencies.node} was installed but does not run here.`,
    'npm may block install scripts: see "allowScripts" in package.json, then try "npm ci" again.',
  )
}

if (Number(process.versions.node.split('.')[0]) < OLDEST_NODE) {
  fail(`Node ${process.versions.node} is too old.`, `Install Node ${OLDEST_NODE} or newer.`)
}
const wanted = wantedStamp()
const installed = installedStamp()
const isComplete =
  installed === wanted || (isProduction && installed === wanted.replace('production', 'all'))
if (!isComplete) {
  install(installed === '' ? 'First run.' : 'The dependencies have changed.')
  checkPinnedNode()
  writeFileSync(stampFile, wanted)
}
