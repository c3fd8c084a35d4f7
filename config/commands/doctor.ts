import { styleText } from 'node:util'

import { assemble, type Assembly } from '../assemble.ts'
import type { CommandResult } from '../command-result.ts'
import { ConfigError } from '../config-error.ts'
import { shownPath } from '../config-file.ts'
import { checkDataFolder } from '../doctor/data-folder.ts'
import { checkDatabase } from '../doctor/database.ts'
import type { Finding } from '../doctor/finding.ts'
import { checkNode } from '../doctor/node.ts'
import { runChecks } from '../doctor/plugin-checks.ts'
import { checkPort } from '../doctor/port.ts'
import { checkProviders } from '../doctor/providers.ts'
import { FAILED } from '../report-fault.ts'

/** Looks at all the gateway needs. Ends with 1 when something of it keeps the gateway from working. */
export async function doctor(configFile: string | undefined): Promise<CommandResult> {
  const findings = [await checkNode(), ...(await examine(configFile))]
  const hasFailed = findings.some(({ status }) => status === 'failed')
  return {
    text: findings.map(toLine).join('\n'),
    json: { ok: !hasFailed, checks: findings },
    exitCode: hasFailed ? FAILED : 0,
  }
}

async function examine(configFile: string | undefined): Promise<readonly Finding[]> {
  const name = 'Config'
  try {
    const assembly = await assemble(configFile, 'attach')
    const message = `${shownPath(assembly.config.file)} has no mistakes.`
    return [{ name, status: 'ok', message }, ...(await examineGateway(assembly))]
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    const message = [error.message, ...error.problems].join('\n')
    return [{ name, status: 'failed', message, fix: 'Mend it, then run the doctor again.' }]
  }
}

async function examineGateway(assembly: Assembly): Promise<readonly Finding[]> {
  const { gateway, database, config } = assembly
  const { host, port, dataFolder, databaseUrl } = config.settings
  try {
    // Before the database is opened, which takes the lock when nobody has it.
    const folder = checkDataFolder(dataFolder)
    const [portFinding, databaseFinding, providers] = await Promise.all([
      checkPort(host, port),
      checkDatabase(gateway, database, databaseUrl),
      checkProviders(gateway.providers),
    ])
    const ofPlugins = await runChecks(gateway.checks)
    return [portFinding, folder, databaseFinding, ...ofPlugins, ...providers]
  } finally {
    await gateway.stop()
  }
}

const LABELS = {
  ok: styleText('green', 'ok     '),
  warning: styleText('yellow', 'warning'),
  failed: styleText('red', 'failed '),
}
const INDENT = `\n${' '.repeat(23)}`

function toLine({ name, status, message, fix }: Finding): string {
  const text = fix === undefined ? message : `${message}\n${fix}`
  return `${LABELS[status]}  ${name.padEnd(13)} ${text.replaceAll('\n', INDENT)}`
}
