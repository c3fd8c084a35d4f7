import {
  createCheck,
  requestProblem,
  type GuardDirectory,
  type GuardKind,
  type GuardSettings,
  type GuardTemplate,
} from '#core'

/** What a project says of a guard; the rest is its kind's or its template's. */
export type StoredSettings = Pick<GuardSettings, 'type' | 'name' | 'stage' | 'action' | 'apply'> &
  Pick<GuardSettings, 'onError' | 'timeoutMs' | 'parameters' | 'description' | 'templateId'>

/** What a body may say; see `guard-body.ts`. */
export interface GuardWish {
  readonly type?: string | undefined
  readonly templateId?: string | undefined
  readonly name?: string | undefined
  readonly description?: string | undefined
  readonly stage?: GuardSettings['stage'] | undefined
  readonly action?: GuardSettings['action'] | undefined
  readonly apply?: GuardSettings['apply'] | undefined
  readonly onError?: GuardSettings['onError'] | undefined
  readonly timeoutMs?: number | undefined
  readonly parameters: Readonly<Record<string, unknown>>
}

/** Fills in what a wish leaves out. Throws 400 for a template or a type that nobody knows. */
export function completeWish(wish: GuardWish, directory: GuardDirectory): StoredSettings {
  const template = templateOf(wish, directory)
  const kind = kindOf(template?.type ?? wish.type, directory)
  if (template) checkTemplate(template, wish.parameters)
  return {
    type: kind.type,
    templateId: template?.id,
    name: wish.name ?? template?.name ?? kind.title,
    description: wish.description,
    stage: wish.stage ?? template?.stage ?? kind.defaults.stage,
    action: wish.action ?? template?.action ?? kind.defaults.action,
    apply: wish.apply ?? 'on-request',
    onError: wish.onError ?? 'block',
    timeoutMs: wish.timeoutMs ?? kind.defaults.timeoutMs,
    parameters: wish.parameters,
  }
}

/** The settings of the guard itself: the template's parameters beneath the project's own. */
export function toSettings(
  id: string,
  stored: StoredSettings,
  directory: GuardDirectory,
): GuardSettings {
  const template = directory.templates().find((one) => one.id === stored.templateId)
  const own = { ...stored.parameters }
  if (template) createCheck(template.parameters)(own)
  return { ...stored, id, parameters: { ...own, ...template?.preset } }
}

function templateOf(
  { templateId }: GuardWish,
  directory: GuardDirectory,
): GuardTemplate | undefined {
  if (templateId === undefined) return undefined
  const template = directory.templates().find(({ id }) => id === templateId)
  if (template) return template
  const known = directory.templates().map(({ id }) => id)
  throw requestProblem('template_id', `must be one of ${known.join(', ')}`)
}

function kindOf(type: string | undefined, directory: GuardDirectory): GuardKind {
  if (type === undefined) {
    throw requestProblem('type', 'or "template_id" is required', 'missing')
  }
  const kind = directory.kinds().find((one) => one.type === type)
  if (kind) return kind
  const known = directory.kinds().map((one) => one.type)
  throw requestProblem('type', `must be one of ${known.join(', ')}`)
}

function checkTemplate(template: GuardTemplate, parameters: GuardWish['parameters']): void {
  const [problem] = createCheck(template.parameters)(structuredClone(parameters))
  if (!problem) return
  const path = problem.path === '' ? 'parameters' : `parameters.${problem.path}`
  throw requestProblem(path, problem.message, problem.kind)
}
