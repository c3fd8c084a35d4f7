// Installs what is missing before a script runs. Plain JavaScript without dependencies, for it is
// started by whatever Node the machine has; all the rest runs under the pinned one.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const OLDEST_NODE = 20
const isWindows = process.platform === 'win32'
const isProduction = process.env.NODE_ENV === 'production'

const root = fileURLToPath(new URL('..', import.meta.url))
const lockFile = join(root, 'package-lock.json')
const stampFile = join(root, 'node_modules', '.tapgate-setup')
/** What npm says of what it has installed. */
const installedFile = join(root, 'node_modules', '.package-lock.json')

if (Number(process.versions.node.split('.')[0]) < OLDEST_NODE) {
  fail(
    `Node ${process.versions.node} is too old.`,
    `Install Node ${OLDEST_NODE} or newer; the gateway then brings the Node it runs on.`,
  )
}
const lock = readFileSync(lockFile)
const stamp = `${createHash('sha256').update(lock).digest('hex')} ${isProduction ? 'production' : 'all'}\n`
if (!isStamped()) {
  const reason = reasonToInstall()
  if (reason !== undefined) install(reason)
  checkPinnedNode()
  writeFileSync(stampFile, stamp)
}

/** An installation with all tools does for production too. */
function isStamped() {
  if (!existsSync(stampFile)) return false
  const found = readFileSync(stampFile, 'utf8')
  return found === stamp || (isProduction && found === stamp.replace('production', 'all'))
}

/** In a sentence; undefined when somebody has run npm by hand and all is there. */
function reasonToInstall() {
  if (!existsSync(installedFile)) return 'First run.'
  const installed = JSON.parse(readFileSync(installedFile, 'utf8')).packages
  const changed = Object.entries(JSON.parse(lock).packages).some(([path, wanted]) => {
    if (path === '' || (isProduction && wanted.dev)) return false
    const found = installed[path]
    if (!found) return !wanted.optional
    return found.version !== wanted.version
  })
  if (changed) return 'The dependencies have changed.'
  return pinnedNodeRuns() ? undefined : 'The last installation is not complete.'
}

function install(reason) {
  process.stdout.write(`${reason} Installing with npm; this takes about half a minute …\n`)
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error']
  if (isProduction) args.push('--omit=dev')
  const startedAt = Date.now()
  const { status, error } = spawnSync('npm', args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: isWindows,
  })
  if (error) {
    fail(`npm could not be started: ${error.message}.`, 'Install npm, which comes with Node.')
  }
  if (status !== 0) {
    fail(
      'The installation failed; npm has said why above.',
      'It needs the network: check it, and a proxy if there is one. Then run this again.',
    )
  }
  process.stdout.write(`Installed in ${Math.round((Date.now() - startedAt) / 1000)} s.\n`)
}

function checkPinnedNode() {
  if (pinnedNodeRuns()) return
  fail(
    `Node ${pinnedNode()} was installed but does not run here.`,
    'Perhaps npm kept it from being set up: "npm ci --foreground-scripts" tells more.',
  )
}

function pinnedNodeRuns() {
  const file = join(root, 'node_modules', '.bin', isWindows ? 'node.cmd' : 'node')
  const { status, stdout } = spawnSync(file, ['--version'], { encoding: 'utf8', shell: isWindows })
  return status === 0 && stdout.trim() === `v${pinnedNode()}`
}

function pinnedNode() {
  return JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).dependencies.node
}

function fail(message, hint) {
  process.stderr.write(`\n${message}\n${hint}\n`)
  process.exit(1)
}
