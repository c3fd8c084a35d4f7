/** Mistakes in a config file, all of them. The command line prints them without a stack. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly file: string
  readonly problems: readonly string[]

  constructor(file: string, problems: readonly string[], options?: ErrorOptions) {
    super(
      `${file} has ${problems.length === 1 ? 'a mistake' : `${problems.length} mistakes`}.`,
      options,
    )
    this.file = file
    this.problems = problems
  }
}
