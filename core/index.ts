/** All that a plugin may import. */
export { checkBaseUrl } from './base-url.ts'
export { cacheRequest } from './cache-request.ts'
export { ANYBODY, type Caller, type Scope } from './caller.ts'
export type * from './catalogue.ts'
export { checkParameters, checkRequest } from './chat/check.ts'
export type * from './chat/completion.ts'
export type * from './chat/embedding.ts'
export type * from './chat/request.ts'
export type * from './chat/text-completion.ts'
export { mergeHeaders } from './connection-headers.ts'
export { CONNECTION_OPTIONS, timeoutsOf, type ConnectionOptions } from './connection-options.ts'
export { costOf, pinPrices } from './cost.ts'
export type { Database, Query } from './database.ts'
export { firstSet, type Environment } from './environment.ts'
export { GatewayError, type ErrorCode } from './errors.ts'
export type { Attempt } from './attempt.ts'
export type { Exchange } from './exchange.ts'
export type { Purpose } from './purpose.ts'
export type { ExplainEntry } from './explain.ts'
export type { FactSource } from './fact-book.ts'
export type { EarlyAnswer, Finished } from './finished.ts'
export type * from './guard.ts'
export { defineGuard, type GuardFactory } from './guarding/define-guard.ts'
export type {
  GuardDirectory,
  GuardPolicy,
  GuardSource,
  GuardTrial,
  GuardTrialResult,
  GuardUses,
  Judge,
} from './guarding/directory.ts'
export { holdsJson, ParameterError } from './guarding/kind.ts'
export type {
  CheckContext,
  GuardCheck,
  GuardHttp,
  GuardKind,
  GuardTemplate,
  GuardTools,
} from './guarding/kind.ts'
export { findSpans, type Found } from './guarding/spans.ts'
export type { HookHandlers } from './hooks.ts'
export type { MaybePromise } from './maybe-promise.ts'
export type { Ask, Question } from './question.ts'
export { createSealer, type Sealer } from './sealer.ts'
export { targetName, type Target } from './target.ts'
export { createLiveMetrics } from './live-metrics.ts'
export type { LiveMetrics, Measurements, MetricsKeeper, MetricTarget } from './live-metrics.ts'
export {
  METRIC_NAMES,
  METRIC_WINDOWS,
  type MetricName,
  type MetricWindow,
} from './live-metrics/metric-names.ts'
export type { MeasuredExchange } from './live-metrics/samples.ts'
export type { SamplePage, SamplePlace } from './live-metrics/sharing.ts'
export type { MetricsSnapshot, SnapshotReadings } from './live-metrics/snapshot.ts'
export type { Logger } from './logger.ts'
export type * from './mcp.ts'
export type * from './mcp-credentials.ts'
export { isOn } from './models.ts'
export { MODEL_CAPABILITIES, type ModelCapability } from './model-capability.ts'
export type { ListedModel, ModelDirectory, ModelSource, TargetSpec } from './models.ts'
export { didYouMean, nearestNames } from './nearest.ts'
export { definePlugin } from './plugin.ts'
export type {
  Check,
  CheckResult,
  Command,
  CommandInput,
  CommandOutput,
  Contributions,
  EraseUser,
  PluginEntry,
  PluginHost,
} from './plugin.ts'
export { readCount, readPage, toList, type Page } from './page.ts'
export type * from './provider.ts'
export type { RecordedExchange, RecordedQuery } from './recorded.ts'
export { createBodyCheck, requestProblem } from './request-problem.ts'
export {
  JsonText,
  Reply,
  type RawCall,
  type RawRoute,
  type Route,
  type RouteCall,
} from './route.ts'
export type { RunTool, ToolRun } from './run-tool.ts'
export type { Sandbox, SandboxedCode, SandboxOutcome } from './sandbox.ts'
export { createCheck, type Problem } from './schema.ts'
export type { Accounts, Count, Counters, Ledger, Routers, Services } from './services.ts'
export { SetupError } from './setup-error.ts'
export { layerParameters, type TargetParameters } from './target-parameters.ts'
export { followTable, type TableFollower } from './table-follower.ts'
export { cacheWrites, inputTokens, outputTokens, type TokenClasses } from './token-classes.ts'
export type { ToolAnswer, ToolRequest } from './tool-call.ts'
export type { GatewayTool, OpenTools, ToolLimits, ToolSource } from './tool-source.ts'
export type { Trial } from './trial.ts'
export type { RouteTrial, RouteTrialResult, TryRoute } from './try-route.ts'
export { turnFor } from './turn.ts'
export type { ExchangeStatus, PinnedPrices, UsageRecord } from './usage-record.ts'
export { uriFits } from './uri-fits.ts'
export { version } from './version.ts'
