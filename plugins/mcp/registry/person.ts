import {
  ANYBODY,
  GatewayError,
  SetupError,
  type Caller,
  type CommandInput,
  type Services,
} from '#core'

export const PROJECT = {
  flags: '--project <project>',
  description: 'id or name; the default one when left out',
}

/** The person at the machine, in the project of `--project`. */
export async function personAt(
  options: CommandInput['options'],
  services: Services,
): Promise<Caller> {
  const named = typeof options['project'] === 'string' ? options['project'] : undefined
  const accounts = 'accounts' in services ? services.accounts : undefined
  const projectId = await accounts?.projectId?.(named)
  return { ...ANYBODY, projectId: projectId ?? named ?? ANYBODY.projectId }
}

/** What a request would be refused with, as the command line tells it. */
export function asSetupError(hint: string): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof GatewayError)) throw error
    throw new SetupError(error.code, error.message, hint, { cause: error })
  }
}
