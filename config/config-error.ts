/** A config that cannot be used, with all that is wrong with it. It is shown without a stack. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  /** Each a sentence, or lines of code to show as they are. */
  readonly problems: readonly string[]

  constructor(message: string, problems: readonly string[], options?: ErrorOptions) {
    super(message, options)
    this.problems = problems
  }
}
