import type { CommandResult } from './command-result.ts'

/** A command that is there whatever the config file says. */
export interface OwnCommand {
  readonly name: string
  readonly summary: string
  readonly examples: readonly string[]
  /** What the words are that it takes, when it takes any. */
  readonly words?: string
  /** Resolves with what to print; with the exit code alone when it has printed for itself. */
  readonly run: (
    configFile: string | undefined,
    words: readonly string[],
  ) => Promise<CommandResult | number>
}

/** Each loads what it needs when it runs, so that the others stay quick. */
export const OWN_COMMANDS: readonly OwnCommand[] = [
  {
    name: 'serve',
    summary: 'Start the gateway; also without a command',
    examples: ['tapgate serve', 'PORT=8788 LOG_LEVEL=debug tapgate serve'],
    async run(configFile) {
      const { serve } = await import('./commands/serve.ts')
      return serve(configFile)
    },
  },
  {
    name: 'check',
    summary: 'Find all mistakes of the config file, without starting anything',
    examples: ['tapgate check', 'tapgate check --config staging.config.ts'],
    async run(configFile) {
      const { check } = await import('./commands/check.ts')
      return check(configFile)
    },
  },
  {
    name: 'routes',
    summary: 'List what can be called over HTTP, and the scope a key needs for it',
    examples: ['tapgate routes', 'tapgate routes --json'],
    async run(configFile) {
      const { routes } = await import('./commands/routes.ts')
      return routes(configFile)
    },
  },
  {
    name: 'models',
    summary: 'List the models, their prices in USD per 1M tokens and their context',
    examples: ['tapgate models', 'tapgate models openai mini'],
    words: 'only models with all of these in their names',
    async run(configFile, words) {
      const { models } = await import('./commands/models.ts')
      return models(configFile, words)
    },
  },
  {
    name: 'doctor',
    summary: 'Look for what keeps the gateway from working, and how to mend it',
    examples: ['tapgate doctor', 'tapgate doctor --json'],
    async run(configFile) {
      const { doctor } = await import('./commands/doctor.ts')
      return doctor(configFile)
    },
  },
]
