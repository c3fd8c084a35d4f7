import type { CommandOutput } from '../core/plugin.ts'

/** What a command prints: text for people, or with `--json` the value; and how it ends. */
export interface CommandResult extends CommandOutput {
  /** 0 when it is left out. */
  readonly exitCode?: number
}
