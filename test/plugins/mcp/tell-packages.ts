import { writeSync } from 'node:fs'
import { registerHooks } from 'node:module'

// For `node --import`: prints the name of each package when the first of its files is loaded.
const told = new Set<string>()
registerHooks({
  load(url, context, next) {
    const [, name] = /\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url) ?? []
    if (name !== undefined && !told.has(name)) {
      told.add(name)
      writeSync(1, `Loaded ${name}.\n`)
    }
    return next(url, context)
  },
})
