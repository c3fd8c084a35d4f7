/**
 * A fault that the operator can mend: `message` says what is wrong, `hint` what to do about it.
 * The command line prints both without a stack, so neither may hold a secret.
 */
export class SetupError extends Error {
  override readonly name = 'SetupError'
  readonly code: string
  readonly hint: string
  /** All that is wrong, where it is more than one thing. */
  readonly problems: readonly string[]

  constructor(
    code: string,
    message: string,
    hint: string,
    options: ErrorOptions & { readonly problems?: readonly string[] } = {},
  ) {
    super(message, options)
    this.code = code
    this.hint = hint
    this.problems = options.problems ?? []
  }
}
