/** What a command prints: text for people, or with `--json` the value; and how it ends. */
export type { CommandOutput as CommandResult } from '../core/plugin.ts'
