import type { Caller } from '../caller.ts'
import type { Exchange } from '../exchange.ts'
import type { Guard, GuardContent, GuardReference, GuardSettings, Verdict } from '../guard.ts'
import type { OperationName } from '../provider.ts'
import type { GuardKind, GuardTemplate } from './kind.ts'

/** Guards of projects, as a plugin keeps them. It answers at once, from memory. */
export interface GuardSource {
  list(projectId: string): readonly Guard[]
  find(id: string, projectId: string): Guard | undefined
  /** Reads them anew from where they are stored, also before the plugin has started. */
  refresh?(): Promise<void>
}

/** The guards that apply to a caller, whatever the request says: a project's or a key's policy. */
export type GuardPolicy = (caller: Caller) => readonly (string | GuardReference)[]

/** What names a guard of a project, in words for a person: `the key "billing"`. It must stay meanwhile. */
export type GuardUses = (id: string, projectId: string) => Promise<readonly string[]>

/** Some text that a guard is to read, without anybody being asked anything. */
export interface GuardTrial {
  readonly guard: Guard
  readonly operation: OperationName
  /** A request as a client would send it. */
  readonly request: unknown
  /** The answer to judge; without one the request is. */
  readonly answer?: unknown
  readonly parameters?: Readonly<Record<string, unknown>>
  readonly caller: Caller
  readonly signal?: AbortSignal
}

/** What became of a trial. */
export interface GuardTrialResult {
  /** What the guard said; undefined when it found nothing. */
  readonly verdict: Verdict | undefined
  readonly content: GuardContent
  /** The texts as `redact` and `rewrite` would leave them, by segment. */
  readonly changed: ReadonlyMap<number, string>
  /** Why it could not judge: `TypeError`, `timed out`. */
  readonly fault: string | undefined
  readonly micros: number
}

/**
 * What one guard, by its id, says of the exchange's request: for routers. Fails closed: a guard that
 * could not judge gives `passed: false`, unless its `onError` allows. Throws `guard_not_found`.
 */
export type Judge = (
  id: string,
  exchange: Exchange,
  parameters?: GuardReference['parameters'],
) => Promise<Verdict>

/** The guards that a project can use, and what new ones can be made of. */
export interface GuardDirectory {
  kinds(): readonly GuardKind[]
  templates(): readonly GuardTemplate[]
  /** Those of the config file, then those of the project. */
  list(projectId: string): readonly Guard[]
  find(id: string, projectId: string): Guard | undefined
  /** Reads the guards of projects anew, also in a command for which no plugin is started. */
  refresh(): Promise<void>
  /** Throws 404 for a guard that the project does not have, 400 for parameters that do not fit. */
  checkReferences(
    references: readonly GuardReference[],
    projectId: string,
    param: string,
  ): Promise<void>
  /** What policies impose on a caller. */
  imposedOn(caller: Caller): readonly (string | GuardReference)[]
  readonly usesOf: GuardUses
  /** A guard of these settings, not listed anywhere. Throws a GatewayError (400) that names what is wrong. */
  create(settings: GuardSettings): Guard
  readonly judge: Judge
  /** Lets a guard read something, for those who write guards. */
  try(trial: GuardTrial): Promise<GuardTrialResult>
}
