import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { pinnedNode } from '../../core/version.ts'
import { reasonOf, type Finding } from './finding.ts'

const installation = fileURLToPath(new URL('../../', import.meta.url))
const SANDBOX_TRIAL = "import ivm from 'isolated-vm'; new ivm.Isolate().dispose()"

/** Whether Node is the one this is made for, and the sandbox of router scripts was built for it. */
export async function checkNode(): Promise<Finding> {
  const { node, modules } = process.versions
  const name = 'Node'
  const about = `${node}, ABI ${modules}`
  try {
    // In a process of its own, for a library of another ABI may take its process with it.
    const args = ['--no-node-snapshot', '--input-type=module', '--eval', SANDBOX_TRIAL]
    await promisify(execFile)(process.execPath, args, { cwd: installation, timeout: 10_000 })
  } catch (error) {
    return {
      name,
      status: 'warning',
      message: `${about}; isolated-vm does not load, so router scripts run on QuickJS, more slowly: ${lastLineOf(error)}`,
      fix: `Run "npm ci", and start with "npm start", which uses Node ${pinnedNode}.`,
    }
  }
  if (node !== pinnedNode) {
    return {
      name,
      status: 'warning',
      message: `${about}; this Tapgate was tested with ${pinnedNode}.`,
      fix: 'Start with "npm start" or "npm run tapgate", which use that one.',
    }
  }
  return { name, status: 'ok', message: `${about}; isolated-vm loads.` }
}

function lastLineOf(error: unknown): string {
  const lines = reasonOf(error).split('\n')
  return lines.findLast((line) => /Error/.test(line))?.trim() ?? lines[0] ?? ''
}
