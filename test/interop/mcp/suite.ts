/** One part of the conformance suite, run against a gateway of its own. */
export interface Suite {
  readonly name: string
  /** Whether the short form runs it too. */
  readonly isQuick: boolean
  run(): Promise<readonly ScenarioResult[]>
}

export interface ScenarioResult {
  readonly name: string
  readonly passed: number
  readonly failed: number
  /** Whether the revision requires it; what is not required may fail. */
  readonly isScored: boolean
}
