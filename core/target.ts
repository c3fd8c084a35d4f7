import type { TargetParameters } from './target-parameters.ts'

/** A provider and a model, tried in the order of the list. Written `provider/model`. */
export interface Target {
  readonly provider: string
  readonly model: string
  /** Fields of the request that it overrides, and what it adds to the request. */
  readonly parameters?: TargetParameters
  /**
   * A router that still has to choose: this is no target yet, but stands for those that it will
   * choose. The routing hook replaces it.
   */
  readonly router?: unknown
}

/** A target as people write it. */
export function targetName(target: Target): string {
  return `${target.provider}/${target.model}`
}
