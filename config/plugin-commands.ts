import type { Command as CommanderCommand } from 'commander'

import type { Command, CommandInput } from '../core/plugin.ts'
import type { Assembly } from './assemble.ts'
import type { CommandResult } from './command-result.ts'
import { makeDataFolder } from './data-folder.ts'
import { addExamples } from './examples.ts'

type Finish = (result: Promise<CommandResult>) => Promise<void>

/** Adds the commands of all plugins. Of a name with two words the first becomes a group. */
export function addPluginCommands(
  program: CommanderCommand,
  assembly: Assembly,
  finish: Finish,
): void {
  for (const command of assembly.gateway.commands) {
    const words = command.name.split(' ')
    const parent = words.length > 1 ? groupNamed(program, words[0] ?? '') : program
    const added = commandNamed(parent, words.at(-1) ?? command.name).description(command.summary)
    for (const { name, description, isRequired } of command.arguments ?? []) {
      added.argument(isRequired ? `<${name}>` : `[${name}]`, description)
    }
    for (const { flags, description, default: value } of command.options ?? []) {
      added.option(flags, description, value)
    }
    addExamples(added, command.examples ?? [])
    added.action(() => {
      // What both have, as in `route --project` and `route replay --project`, the group has read.
      const ofGroup = parent === program ? {} : parent.opts<CommandInput['options']>()
      const options = { ...added.opts<CommandInput['options']>(), ...ofGroup }
      const input = { arguments: added.args, options }
      return finish(run(command, input, assembly))
    })
  }
}

function groupNamed(program: CommanderCommand, name: string): CommanderCommand {
  const group = commandNamed(program, name)
  return group.description() === '' ? group.description(`Work with ${name}`) : group
}

/** A command may be a group beside: `route`, and `route replay`. */
function commandNamed(parent: CommanderCommand, name: string): CommanderCommand {
  const known = parent.commands.find((command) => command.name() === name)
  return known ?? parent.command(name)
}

/** With the database open, and closed again whatever happens. */
async function run(
  command: Command,
  input: CommandInput,
  { gateway, config }: Assembly,
): Promise<CommandResult> {
  makeDataFolder(config.settings.dataFolder)
  try {
    if (command.startsPlugins) {
      await gateway.start()
      await gateway.metricsRead()
    } else await gateway.prepare()
    return await command.run(input)
  } finally {
    await gateway.stop()
  }
}
