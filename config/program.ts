import { Command } from 'commander'

import { version } from '../core/version.ts'
import type { CommandResult } from './command-result.ts'
import { ConfigError } from './config-error.ts'
import { addExamples } from './examples.ts'
import { OWN_COMMANDS } from './own-commands.ts'
import { addPluginCommands } from './plugin-commands.ts'
import { reportFault } from './report-fault.ts'
import { runnable } from './runnable.ts'

interface GlobalOptions {
  readonly config?: string
  readonly json?: boolean
}

/** Runs a command of the command line, `serve` when none is named. Resolves with the exit code. */
export async function runProgram(args: readonly string[]): Promise<number> {
  const program = createProgram()
  let exitCode = 0

  const isJson = (): boolean => program.opts<GlobalOptions>().json === true
  const configFile = (): string | undefined => program.opts<GlobalOptions>().config

  async function finish(result: Promise<CommandResult | number>): Promise<void> {
    const done = await result
    if (typeof done === 'number') {
      exitCode = done
      return
    }
    const { text, json } = done
    process.stdout.write(`${isJson() ? JSON.stringify(json, undefined, 2) : runnable(text)}\n`)
    exitCode = done.exitCode ?? 0
  }

  /** Those of plugins are known once the config file is read. For the help it may have mistakes. */
  async function addOthers(isHelp: boolean): Promise<void> {
    const { assemble } = await import('./assemble.ts')
    try {
      addPluginCommands(program, await assemble(configFile(), 'attach'), finish)
    } catch (error) {
      if (!isHelp || !(error instanceof ConfigError)) throw error
      program.addHelpText('after', `\n${error.message} Commands of plugins are not listed.`)
    }
  }

  for (const { name, summary, examples, words, run } of OWN_COMMANDS) {
    const command = program.command(name).description(summary)
    if (words !== undefined) command.argument('[words...]', words)
    command.action(() => finish(run(configFile(), command.args)))
    addExamples(command, examples)
  }
  try {
    const { operands, unknown } = program.parseOptions([...args])
    const [wanted] = operands
    const isBare = wanted === undefined && unknown.length === 0
    const isOwn = OWN_COMMANDS.some(({ name }) => name === wanted)
    if (!isBare && !isOwn) await addOthers(wanted === undefined || wanted === 'help')
    await program.parseAsync(isBare ? ['serve', ...args] : args, { from: 'user' })
    return exitCode
  } catch (error) {
    return reportFault(error, isJson())
  }
}

function createProgram(): Command {
  const program = new Command('tapgate')
    .description('A gateway between applications and the providers of language models.')
    .version(version, '--version', 'Print the version')
    .option('--config <file>', 'The config file, instead of gateway.config.ts in this folder')
    .option('--json', 'Print JSON')
    .helpOption('--help', 'Explain a command')
    .helpCommand('help [command]', 'Explain a command')
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError('"--help" shows how it is written.')
    .exitOverride()
  addExamples(program, ['tapgate', 'tapgate check', 'tapgate models gpt-5 --json'])
  return program.addHelpText('after', '\nHere "tapgate" is short for "npm run tapgate --".')
}
