import { ANYBODY, requestProblem, type Caller, type CommandInput, type Services } from '#core'

/** The option that says for whom something is tried. */
export const PROJECT = {
  flags: '--project <project>',
  description: 'id or name; the default one when left out',
}

export type Options = CommandInput['options']

/** The person at the machine, in a project. */
export async function callerFor(options: Options, services: Services): Promise<Caller> {
  const named = optionalText(options, 'project')
  if (!('accounts' in services)) return { ...ANYBODY, projectId: named ?? ANYBODY.projectId }
  const projectId = (await services.accounts.projectId?.(named)) ?? named
  if (projectId === undefined) throw requestProblem('--project', 'is required', 'missing')
  return { projectId, scopes: ANYBODY.scopes }
}

export function optionalText(options: Options, name: string): string | undefined {
  const value = options[name]
  return typeof value === 'string' ? value : undefined
}

export function requiredText(options: Options, name: string): string {
  const value = optionalText(options, name)
  if (value === undefined || value === '')
    throw requestProblem(`--${name}`, 'is required', 'missing')
  return value
}
