import type { Database } from './database.ts'
import type { Environment } from './environment.ts'
import type { FactSource } from './fact-book.ts'
import type { Guard } from './guard.ts'
import type {
  GuardDirectory,
  GuardPolicy,
  GuardSource,
  GuardUses,
  Judge,
} from './guarding/directory.ts'
import type { GuardKind, GuardTemplate } from './guarding/kind.ts'
import type { HookHandlers } from './hooks.ts'
import type { LiveMetrics } from './live-metrics.ts'
import type { Logger } from './logger.ts'
import type { McpDirectory, McpServerSource } from './mcp.ts'
import type { ModelDirectory, ModelSource } from './models.ts'
import type { Provider } from './provider.ts'
import type { Ask } from './question.ts'
import type { Route } from './route.ts'
import type { RunTool } from './run-tool.ts'
import type { Input, ObjectSchema, Output } from './schema.ts'
import type { Services } from './services.ts'
import type { TryRoute } from './try-route.ts'

/** What the core lends to a plugin. */
export interface PluginHost<Options> {
  /** The options of the config file, checked, with the defaults filled in. */
  readonly options: Options
  /** Writes under the name of the plugin. */
  readonly log: Logger
  /** The shared database. It is opened after `setup`: query it in `start` and later. */
  readonly database: Database
  /** The environment, for the usual names (`OPENAI_API_KEY`). Read it in `setup` only. */
  readonly environment: Environment
  /** The folder for files of the gateway's own (spool, lock, sockets); exists from `start` on. */
  readonly dataFolder: string
  /** Where relative paths of the config begin: the folder of the config file. */
  readonly configFolder: string
  /** The models that can be asked for, and what their names mean. Complete from `start` on. */
  readonly models: ModelDirectory
  /** How the models have done lately: latency, errors, tokens a second. */
  readonly metrics: LiveMetrics
  /**
   * What other plugins fill. Asking in `setup` for one that nobody fills is a start-up error; from
   * `start` on, `'routers' in services` says whether somebody does.
   */
  readonly services: Services
  /** Asks a model through the gateway, for the gateway's own sake. From `start` on. */
  readonly ask: Ask
  /** The MCP servers of all plugins. From `start` on. */
  readonly mcp: McpDirectory
  /** Calls a tool as an exchange of its own: limits, guards, a row in the ledger. From `start` on. */
  readonly runTool: RunTool
  /** Routes a request without sending it. From `start` on. */
  readonly tryRoute: TryRoute
  /** What a guard says of a request that is being routed. From `start` on. */
  readonly judge: Judge
  /** The guards, their kinds and templates. Complete from `start` on. */
  readonly guards: GuardDirectory
  /** Whether the provider has failed so often that it is left alone for a while. */
  isResting(provider: string): boolean
  /** Has every plugin erase what it keeps of a user of a project; tells how much of what. */
  readonly eraseUser: EraseUser
  /** A key of its own for the named purpose, derived from the gateway's secret; from `start` on. */
  deriveKey(purpose: string): Buffer
}

/** Erases what is kept of a user of a project; tells how much of what. */
export type EraseUser = (
  projectId: string,
  userId: string,
) => Promise<Readonly<Record<string, number>>>

/** All that a plugin can give. It gives what it has. */
export interface Contributions {
  readonly hooks?: HookHandlers
  /** Whether it keeps answers, for requests that ask for `cache`, and gives them again before routing. */
  readonly keepsAnswers?: boolean
  readonly providers?: readonly Provider[]
  /** Names of models that stand for other targets. */
  readonly models?: ModelSource
  /** Prices and limits that it knows better than the catalogue. */
  readonly facts?: FactSource
  readonly guards?: readonly Guard[]
  /** Sorts of guards that the API can make instances of. */
  readonly guardKinds?: readonly GuardKind[]
  readonly guardTemplates?: readonly GuardTemplate[]
  /** Guards of projects, which come and go. */
  readonly guardSources?: readonly GuardSource[]
  /** Which guards apply to a caller, whatever the request says. */
  readonly guardPolicies?: readonly GuardPolicy[]
  /** What it keeps that names a guard of a project: the guard is not deleted meanwhile. */
  readonly guardUses?: GuardUses
  /** MCP servers, which come and go. */
  readonly mcpServers?: readonly McpServerSource[]
  readonly routes?: readonly Route[]
  readonly commands?: readonly Command[]
  readonly checks?: readonly Check[]
  /** Contracts of `Services` that this plugin fills. */
  readonly services?: Partial<Services>
  /** A folder of `0001-name.sql` files: run in order, each once. */
  readonly migrations?: URL
  /** Erases what it keeps of a user of a project; tells how much of what, in words of the wire. */
  readonly eraseUser?: EraseUser
  /** Lines for the banner of `tapgate serve`, asked for when everything has started. */
  banner?(): readonly string[]
  /** Opens connections and timers. Called in the order of the config file. */
  start?(): void | Promise<void>
  /** Closes what `start` opened. Called in the reverse order. */
  stop?(): void | Promise<void>
}

/** A command of the command line: `tapgate <name> …`. It runs with the database open, nothing served. */
export interface Command {
  /** One or two words: `keys create`. */
  readonly name: string
  /** Whether the plugins are started for it, and stopped after it: for what only they know. */
  readonly startsPlugins?: boolean
  readonly summary: string
  readonly arguments?: readonly { name: string; description: string; isRequired?: boolean }[]
  readonly options?: readonly CommandOption[]
  /** Lines as a person would type them. */
  readonly examples?: readonly string[]
  /** Returns what to print: text for people, or with `--json` the value. */
  run(input: CommandInput): CommandOutput | Promise<CommandOutput>
}

export interface CommandOption {
  /** As commander writes it: `--name <name>`. */
  readonly flags: string
  readonly description: string
  readonly default?: string
}

export interface CommandInput {
  readonly arguments: readonly string[]
  /** A list for what may be said more than once (`--guard <id...>`). */
  readonly options: Readonly<Record<string, string | boolean | readonly string[] | undefined>>
}

export interface CommandOutput {
  readonly text: string
  readonly json: unknown
  /** 0 when it is left out: 1 is for what failed, 2 for mistakes of the command line. */
  readonly exitCode?: number
}

/** One line of `tapgate doctor`. */
export interface Check {
  readonly name: string
  run(): CheckResult | Promise<CheckResult>
}

export interface CheckResult {
  readonly status: 'ok' | 'warning' | 'failed'
  readonly message: string
  /** What to do about it. */
  readonly fix?: string
}

export interface Plugin<Options = unknown> {
  readonly name: string
  /** The shape of the options. It checks them, types them and documents them. */
  readonly schema: ObjectSchema
  /** Wires the plugin together, without I/O: `tapgate check` calls it too. */
  setup(host: PluginHost<Options>): Contributions
}

/** A plugin and the options a config file gives it. */
export interface PluginEntry {
  readonly plugin: Plugin<never>
  readonly options: unknown
}

/** Called in the config file. Options may be left out when none is required. */
export type PluginFactory<S extends ObjectSchema> =
  Record<never, never> extends Input<S>
    ? (options?: Input<S>) => PluginEntry
    : (options: Input<S>) => PluginEntry

/**
 * Defines a plugin: a name, the schema of its options, and a `setup` that returns what it gives.
 * The result is called in `gateway.config.ts` with the options.
 */
export function definePlugin<const S extends ObjectSchema>(plugin: {
  readonly name: string
  readonly schema: S
  setup(host: PluginHost<Output<S>>): Contributions
}): PluginFactory<S> {
  const factory = (options: unknown): PluginEntry => ({ plugin, options: options ?? {} })
  return factory as PluginFactory<S>
}
