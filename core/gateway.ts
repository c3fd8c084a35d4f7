import { hkdfSync } from 'node:crypto'

import { createAsk } from './ask.ts'
import { createBreakers } from './breakers.ts'
import { createCatalogue, type ModelOverrides, type PriceOverrides } from './catalogue.ts'
import { headerProblems } from './connection-headers.ts'
import type { Database } from './database.ts'
import { createDiscovery } from './discovery.ts'
import type { Environment } from './environment.ts'
import { createFactBook } from './fact-book.ts'
import { createFinisher } from './finish.ts'
import { createGuarding } from './guarding.ts'
import type { GuardDirectory } from './guarding/directory.ts'
import { createGuardDirectory } from './guarding/guard-directory.ts'
import { createSelection } from './guarding/selection.ts'
import { createHooks } from './hooks.ts'
import { createLifecycle, nameSetupError } from './lifecycle.ts'
import type { Lifetime } from './lifetime.ts'
import { createLiveMetrics } from './live-metrics.ts'
import { createMetricSharing } from './live-metrics/sharing.ts'
import type { Logger } from './logger.ts'
import { createMcpDirectory } from './mcp-directory.ts'
import type { McpDirectory } from './mcp.ts'
import { createModelDirectory, type ModelDirectory } from './models.ts'
import { clashes, joined } from './plugin-faults.ts'
import type { Check, Command, Contributions, Plugin, PluginHost } from './plugin.ts'
import type { Provider, Timeouts } from './provider.ts'
import { createRecentExplains } from './recent-explains.ts'
import { createRetryBudget } from './retry-budget.ts'
import { Roster } from './roster.ts'
import type { Route } from './route.ts'
import { coreRoutes } from './routes/core-routes.ts'
import type { InferenceParts } from './routes/inference.ts'
import { createRunTool } from './run-tool.ts'
import { readSecret } from './secret.ts'
import { createServiceRegistry } from './service-registry.ts'
import type { Services } from './services.ts'
import { SetupError } from './setup-error.ts'
import { createTryRoute } from './try-route.ts'
import { createUpstream } from './upstream.ts'

export interface GatewaySettings {
  readonly timeouts?: Partial<Timeouts>
  /** Further tries of the same target when the request does not say `max_retries`. */
  readonly maxRetries?: number
  readonly prices?: PriceOverrides
  readonly models?: ModelOverrides
  readonly bodyLimitBytes?: number
}

export interface GatewayParts {
  /** In the order of the config file; options are checked, defaults are filled in. */
  readonly plugins: readonly { readonly plugin: Plugin<never>; readonly options: unknown }[]
  readonly settings: GatewaySettings
  readonly log: Logger
  readonly database: Database
  readonly dataFolder: string
  /** Where relative paths of the config begin; the working directory when absent. */
  readonly configFolder?: string
  readonly environment: Environment
}

/** Plugins put together: what a server serves and a command line talks to. */
export interface Gateway {
  readonly providers: readonly Provider[]
  readonly models: ModelDirectory
  readonly routes: readonly (Route & { readonly plugin: string })[]
  readonly commands: readonly Command[]
  readonly checks: readonly Check[]
  readonly accounts: Services['accounts'] | undefined
  readonly inference: InferenceParts
  /** Opens the database and brings its tables up to date: all that a command needs. */
  prepare(): Promise<void>
  /** Prepares, then starts every plugin in order. */
  start(): Promise<void>
  /** Waits for what other gateways measured, which `start` reads in the background. */
  metricsRead(): Promise<void>
  /** True between `start` and `stop`: what `/readyz` says. */
  isReady(): boolean
  /** Ends what still runs, with this as its fault. */
  abort(reason: Error): void
  /** Waits for what is being recorded, then stops the plugins in reverse. */
  stop(): Promise<void>
  /** What the plugins want a person to read after the start. */
  banner(): readonly string[]
}

export const DEFAULT_TIMEOUTS: Timeouts = {
  connectMs: 5_000,
  firstByteMs: 120_000,
  idleMs: 60_000,
  totalMs: 600_000,
}
const DEFAULT_MAX_RETRIES = 2
const DEFAULT_BODY_LIMIT_BYTES = 20 * 1024 * 1024

/** Runs the `setup` of every plugin and joins what they give. Throws a SetupError naming all clashes. */
export function createGateway(parts: GatewayParts): Gateway {
  const { log, settings } = parts
  const services = createServiceRegistry()
  const hooks = createHooks(log)
  const directory = lateBound<ModelDirectory>('models')
  const guardDirectory = lateBound<GuardDirectory>('guards')
  const mcpDirectory = lateBound<McpDirectory>('mcp')
  const breakers = createBreakers(log)
  const metrics = createLiveMetrics()
  let secret: Buffer | undefined
  function deriveKey(owner: string, purpose: string): Buffer {
    secret ??= readSecret(parts.dataFolder, parts.environment)
    return Buffer.from(hkdfSync('sha256', secret, '', `${owner}/${purpose}`, 32))
  }

  const unready: Error[] = []
  const given = parts.plugins.flatMap(({ plugin, options }) => {
    const host: PluginHost<unknown> = {
      options,
      log: log.child({ plugin: plugin.name }),
      database: parts.database,
      environment: parts.environment,
      dataFolder: parts.dataFolder,
      configFolder: parts.configFolder ?? process.cwd(),
      models: directory.handle,
      metrics,
      services: services.handleFor(plugin.name),
      ask: (question) => ask(question),
      mcp: mcpDirectory.handle,
      runTool: (run) => runTool(run),
      tryRoute: (trial) => tryRoute(trial),
      guards: guardDirectory.handle,
      judge: (...asked) => guardDirectory.handle.judge(...asked),
      isResting: (provider) => breakers.isOpen(provider),
      eraseUser: (projectId, userId) => eraseUser(given, projectId, userId),
      deriveKey: (purpose) => deriveKey(plugin.name, purpose),
    }
    try {
      return { plugin: plugin.name, contributions: plugin.setup(host as PluginHost<never>) }
    } catch (error) {
      unready.push(nameSetupError(error, plugin.name))
      return []
    }
  })
  if (unready.length > 0) throw joined(unready)

  const providers = given.flatMap(({ contributions }) => contributions.providers ?? [])
  const guards = given.flatMap(({ contributions }) => contributions.guards ?? [])
  const problems = [
    ...services.fill(given),
    ...clashes('provider', given, ({ providers: own }) => own?.map(({ name }) => name)),
    ...clashes('guard', given, ({ guards: own }) => own?.map(({ id }) => id)),
    ...clashes('route', given, ({ routes }) =>
      routes?.map((route) => `${route.method} ${route.path}`),
    ),
    ...clashes('command', given, ({ commands }) => commands?.map(({ name }) => name)),
    ...headerProblems(providers),
  ]
  if (problems.length > 0) {
    const hint = 'Mend the list of plugins in the config file, or what the environment gives them.'
    throw new SetupError('plugins_unfit', 'The plugins can not be put to work.', hint, { problems })
  }

  const catalogue = createFactBook(
    createCatalogue(providers, settings.prices, settings.models),
    given.flatMap(({ contributions }) => contributions.facts ?? []),
  )
  const sources = given.flatMap(({ contributions }) => contributions.models ?? [])
  const models = createModelDirectory(providers, sources, catalogue)
  directory.bind(models)
  for (const { plugin, contributions } of given) hooks.tap(plugin, contributions.hooks ?? {})

  const upstream = createUpstream()
  const finisher = createFinisher(hooks, catalogue, metrics)
  const recentExplains = createRecentExplains()
  const selection = createSelection(
    guards,
    given.flatMap(({ contributions }) => contributions.guardSources ?? []),
    given.flatMap(({ contributions }) => contributions.guardPolicies ?? []),
  )
  const running = new Roster<Lifetime>()
  const { accounts, ledger, tools } = services.filled()
  const inference: InferenceParts = {
    hooks,
    models,
    upstream,
    finisher,
    recentExplains,
    log,
    guarding: createGuarding({ selection, hooks, log }),
    tools,
    breakers,
    keepsAnswers: given.some(({ contributions }) => contributions.keepsAnswers),
    metrics,
    retryBudget: createRetryBudget(),
    timeouts: { ...DEFAULT_TIMEOUTS, ...settings.timeouts },
    maxRetries: settings.maxRetries ?? DEFAULT_MAX_RETRIES,
    bodyLimitBytes: settings.bodyLimitBytes ?? DEFAULT_BODY_LIMIT_BYTES,
    running,
    committed: () => ledger?.committed(),
  }
  const samples = ledger?.samples?.bind(ledger)
  const sharing = samples && createMetricSharing({ metrics, samples, log })
  const ask = createAsk(inference)
  const runTool = createRunTool(inference)
  mcpDirectory.bind(
    createMcpDirectory(given.flatMap(({ contributions }) => contributions.mcpServers ?? [])),
  )
  guardDirectory.bind(
    createGuardDirectory({
      selection,
      kinds: given.flatMap(({ contributions }) => contributions.guardKinds ?? []),
      templates: given.flatMap(({ contributions }) => contributions.guardTemplates ?? []),
      uses: given.flatMap(({ contributions }) => contributions.guardUses ?? []),
      lender: {
        ask,
        environment: parts.environment,
        log,
        deriveKey: (purpose) => deriveKey('guards', purpose),
      },
      log,
    }),
  )
  const tryRoute = createTryRoute(inference)
  const lifecycle = createLifecycle(given, parts.database, log)
  const discovery = createDiscovery(providers, models, upstream, log)
  const own = coreRoutes({
    models,
    discovery,
    recentExplains,
    ledger,
    isReady: () => lifecycle.isReady(),
  })

  return {
    providers,
    models,
    accounts,
    inference,
    routes: [
      ...own.map((route) => ({ ...route, plugin: 'core' })),
      ...given.flatMap(({ plugin, contributions }) =>
        (contributions.routes ?? []).map((route) => ({ ...route, plugin })),
      ),
    ],
    commands: given.flatMap(({ contributions }) => contributions.commands ?? []),
    checks: given.flatMap(({ contributions }) => contributions.checks ?? []),
    prepare: () => lifecycle.prepare(),
    async start() {
      await lifecycle.start()
      sharing?.start()
    },
    metricsRead: async () => sharing?.refresh(),
    isReady: () => lifecycle.isReady(),
    abort(reason) {
      for (const life of running.all()) life.end(reason)
    },
    async stop() {
      await finisher.settle()
      await sharing?.stop()
      await lifecycle.stop()
      await upstream.close()
    },
    banner: () => given.flatMap(({ contributions }) => contributions.banner?.() ?? []),
  }
}

/** One plugin after the other; what the first erases, the next may have been made of. */
async function eraseUser(
  given: readonly Given[],
  projectId: string,
  userId: string,
): Promise<Readonly<Record<string, number>>> {
  const erased: Record<string, number> = {}
  for (const { contributions } of given) {
    Object.assign(erased, await contributions.eraseUser?.(projectId, userId))
  }
  return erased
}

interface Given {
  readonly plugin: string
  readonly contributions: Contributions
}

/** A handle that can be passed on before the thing itself exists. */
function lateBound<T extends object>(what: string): { handle: T; bind(value: T): void } {
  let bound: T | undefined
  const handle = new Proxy({} as T, {
    get(_target, name) {
      if (!bound) throw new Error(`"${what}" is complete after setup: use it in start or later.`)
      return Reflect.get(bound, name) as unknown
    },
  })
  return {
    handle,
    bind(value) {
      bound = value
    },
  }
}
