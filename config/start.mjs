// Starts a gateway that serves, with what V8 and the C library read only when a process begins.
// Plain JavaScript, as the program itself is begun by config/cli.mjs.
import { fileURLToPath } from 'node:url'

import { C_LIBRARY, NODE_FLAGS } from './start-settings.mjs'

const cli = fileURLToPath(new URL('cli.mjs', import.meta.url))
const program = [cli, 'serve', ...process.argv.slice(2)]

if (process.platform === 'win32') {
  // A process can not become another one there: it serves as well with what Node has by itself.
  process.argv.splice(1, Infinity, ...program)
  await import('./cli.mjs')
} else if (process.execve) {
  // Becomes the gateway: the same process, for whoever sends it a signal.
  const flags = [...NODE_FLAGS, ...process.execArgv]
  const environment = { ...C_LIBRARY, ...process.env }
  process.execve(process.execPath, [process.argv0, ...flags, ...program], environment)
} else {
  const own = 'node_modules/.bin/node config/start.mjs'
  process.stderr.write(
    `Node ${process.version} is too old. Start with "npm start", which takes Tapgate's own Node, or with "${own}".\n`,
  )
  process.exitCode = 2
}
