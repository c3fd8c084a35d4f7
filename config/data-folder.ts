import { mkdirSync } from 'node:fs'

import { SetupError } from '../core/setup-error.ts'

/** Makes the folder for the gateway's own files, which nobody else may read. */
export function makeDataFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
  } catch (cause) {
    throw new SetupError(
      'data_folder_unusable',
      `The data folder ${folder} cannot be made: ${cause instanceof Error ? cause.message : String(cause)}.`,
      'Set TAPGATE_DATA to a folder that this user may write to.',
      { cause },
    )
  }
}
