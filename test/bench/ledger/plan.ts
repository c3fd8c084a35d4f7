/** How much of everything is measured. */
export interface Plan {
  /** How long ago the first request was made. Reports are of the last 30. */
  readonly days: number
  readonly rows: number
  readonly embeddedRows: number
  /** Of each report and each list, after some that do not count, in each round. */
  readonly runs: number
  /** The best of them counts, as other processes disturb each one in its own way. */
  readonly rounds: number
  readonly writing: { readonly rowsPerSecond: number; readonly seconds: number }
}

export const fullPlan: Plan = {
  days: 60,
  rows: 10_000_000,
  embeddedRows: 300_000,
  runs: 20,
  rounds: 3,
  writing: { rowsPerSecond: 5000, seconds: 30 },
}

/** Under a minute. */
export const quickPlan: Plan = {
  days: 31,
  rows: 100_000,
  embeddedRows: 20_000,
  runs: 5,
  rounds: 1,
  writing: { rowsPerSecond: 5000, seconds: 3 },
}
