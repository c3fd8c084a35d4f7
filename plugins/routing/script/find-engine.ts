import { createRequire } from 'node:module'
import { dirname } from 'node:path'

/**
 * What scripts run on: isolates of Node's own V8, through an add-on with a build for the machine and
 * its Node, or QuickJS in WebAssembly, which needs no build.
 */
export type EngineName = 'isolated-vm' | 'quickjs'

/** Where an engine lies, and what its sandboxes need. */
export interface FoundEngine {
  /** What a sandbox is told; all but the name are paths. */
  readonly settings: { readonly name: EngineName } & Readonly<Record<string, string>>
  readonly readable: readonly string[]
  /** Why it is not isolated-vm, where that was looked for first. */
  readonly insteadBecause?: string
}

const require = createRequire(import.meta.url)

/** Finds this engine, or without a name the first that fits. Throws when there is none; loads none. */
export function findEngine(name?: EngineName): FoundEngine {
  if (name === 'quickjs') return findQuickJs()
  try {
    return findIsolatedVm()
  } catch (error) {
    if (name !== undefined) throw error
    return { ...findQuickJs(), insteadBecause: firstLineOf(error) }
  }
}

/** Throws when its build for this machine and this Node is missing. */
function findIsolatedVm(): FoundEngine {
  const library = require.resolve('isolated-vm')
  const requireFromIt = createRequire(library)
  const loader = requireFromIt.resolve('node-gyp-build')
  const { path: findBuild } = requireFromIt(loader) as {
    readonly path: (folder: string) => string
  }
  findBuild(dirname(library))
  return {
    settings: { name: 'isolated-vm', library },
    readable: [dirname(library), dirname(loader), '/etc/alpine-release'],
  }
}

function findQuickJs(): FoundEngine {
  const wasm = require.resolve('quickjs-wasi/quickjs.wasm')
  const library = require.resolve('quickjs-wasi')
  return { settings: { name: 'quickjs', library, wasm }, readable: [dirname(wasm)] }
}

/** What runs scripts here, or why nothing does, in a sentence for the operator. */
export function describeEngine(name?: EngineName): {
  readonly isFound: boolean
  readonly message: string
} {
  try {
    const { settings, insteadBecause } = findEngine(name)
    const because =
      insteadBecause === undefined ? '' : `, because isolated-vm does not fit: ${insteadBecause}`
    return { isFound: true, message: `${settings.name} runs them${because}.` }
  } catch (error) {
    return { isFound: false, message: firstLineOf(error) }
  }
}

function firstLineOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return message.split('\n', 1)[0] ?? message
}
