/** All that a plugin may import. */
export type { Ask, Question } from './ask.ts'
export type * from './catalogue.ts'
export type * from './chat/completion.ts'
export type * from './chat/embedding.ts'
export type * from './chat/request.ts'
export type * from './chat/text-completion.ts'
export type { Database } from './database.ts'
export { GatewayError, type ErrorCode } from './errors.ts'
export { targetName } from './exchange.ts'
export type { Attempt, Caller, Exchange, Purpose, Scope, Target } from './exchange.ts'
export type { ExplainEntry } from './explain.ts'
export type { EarlyAnswer, Finished } from './finished.ts'
export type { Guard, GuardContent, GuardContext, Segment, Verdict } from './guard.ts'
export type { HookHandlers, MaybePromise } from './hooks.ts'
export type { Logger } from './logger.ts'
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
  PluginEntry,
  PluginHost,
} from './plugin.ts'
export type * from './provider.ts'
export type { RecordedExchange, RecordedQuery } from './recorded.ts'
export { createBodyCheck, requestProblem } from './request-problem.ts'
export { Reply, type Route, type RouteCall } from './route.ts'
export { createCheck, type Problem } from './schema.ts'
export type { Accounts, Ledger, Services } from './services.ts'
export { SetupError } from './setup-error.ts'
export { inputTokens, outputTokens } from './token-classes.ts'
export type { RouteTrial, RouteTrialResult, TryRoute } from './try-route.ts'
export type { ExchangeStatus, PinnedPrices, TokenClasses, UsageRecord } from './usage-record.ts'
