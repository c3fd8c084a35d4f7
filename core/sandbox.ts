/** Runs code that nobody trusts: in a process of its own, with nothing but what it is lent. */
export interface Sandbox {
  /** Always resolves: a fault of the code's is an outcome. Rejects only with the signal's reason. */
  run(code: SandboxedCode): Promise<SandboxOutcome>
}

export interface SandboxedCode {
  /** JavaScript: the body of an async function. What it returns crosses as JSON. */
  readonly source: string
  /** What it may call, by object and function: `{ files: ['read'] }` is `await files.read(args)`. */
  readonly functions: Readonly<Record<string, readonly string[]>>
  /** Does a call of the code's, several at the same time; an error is thrown in the code, by its message. */
  call(object: string, name: string, args: unknown): Promise<unknown>
  /** How long it may take in all, waiting for calls included. */
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

/** What became of the code, and what it wrote with `console`. */
export type SandboxOutcome = {
  readonly logs: readonly string[]
} & (
  | { readonly ok: true; readonly value: unknown }
  | {
      readonly ok: false
      /** A sentence for the code's author, in part the author's own words. */
      readonly message: string
      /** Where in the code, counted from 1. */
      readonly line?: number
      readonly column?: number
    }
)
