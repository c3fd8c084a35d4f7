import type { Command, PluginHost } from '#core'

import { callerFor, PROJECT, requiredText } from './command-options.ts'
import { readQuestion } from './explain-body.ts'
import { explanationText } from './explain-text.ts'
import { explain } from './explain.ts'
import { readJsonFile } from './router-file.ts'

/** `tapgate route --explain`: the plugins are started for it, as their state is what routes. */
export function explainCommand(host: PluginHost<unknown>): Command {
  return {
    name: 'route',
    startsPlugins: true,
    summary: 'Show where a request would go now, and why, without calling anyone',
    options: [
      { flags: '--explain <file>', description: 'the request as JSON; - reads standard input' },
      PROJECT,
    ],
    examples: ['tapgate route --explain request.json', 'tapgate route --explain - --json'],
    async run({ options }) {
      const caller = await callerFor(options, host.services)
      const question = readQuestion(await readJsonFile(requiredText(options, 'explain')))
      const explanation = await explain({ ...question, caller }, host)
      return { text: explanationText(explanation), json: explanation }
    },
  }
}
