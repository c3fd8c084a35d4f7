// Plain JavaScript, as nothing is cached yet when it is read: the parser for TypeScript, which would
// be loaded for this one file, takes longer than all other modules of a small command.
import { existsSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'

// Before any other module, so that none of them is compiled a second time; for child processes too.
const compileCache = fileURLToPath(new URL('../node_modules/.cache/tapgate/', import.meta.url))
process.env['NODE_COMPILE_CACHE'] ??= compileCache
enableCompileCache(compileCache)

// Whoever imports node:http reads all that it exports, and for these three Node loads all of its own
// fetch: 15 MB, and more than 50 ms at each start, for what nobody takes from there.
const http = process.getBuiltinModule('node:http')
for (const name of ['WebSocket', 'CloseEvent', 'MessageEvent']) delete http[name]

// Whoever reads the output may leave before its end, as "head" does.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})

// What the environment has already wins.
if (existsSync('.env')) process.loadEnvFile()

const { runProgram } = await import('./program.ts')
// What a plugin forgot to close does not keep the process.
process.exit(await runProgram(process.argv.slice(2)))
