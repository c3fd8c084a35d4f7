import type { Command } from 'commander'

/** Ends the help of a command with lines as a person would type them. */
export function addExamples(command: Command, examples: readonly string[]): void {
  if (examples.length === 0) return
  const lines = examples.map((line) => `  ${line}`)
  command.addHelpText('after', `\nExamples:\n${lines.join('\n')}`)
}
