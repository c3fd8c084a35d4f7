import type { Caller, Guard, GuardKind, GuardTemplate } from '#core'

import type { GuardRow } from './guard-table.ts'

/**
 * A guard as the API tells it. `source` is `config` for those of the config file, which the API can
 * not change. Parameters may name what is secret: they are for those who may change them.
 */
export function toGuardJson(guard: Guard, row: GuardRow | undefined, caller: Caller): object {
  const { settings } = guard
  const mayChange = caller.scopes.includes('admin') || caller.scopes.includes('operator')
  const parameters = row?.settings.parameters ?? settings?.parameters ?? {}
  return {
    id: guard.id,
    name: settings?.name ?? guard.id,
    type: settings?.type ?? 'code',
    template_id: settings?.templateId ?? null,
    description: settings?.description ?? null,
    stage: guard.stage,
    action: guard.action ?? 'validate',
    apply: guard.apply,
    on_error: guard.onError ?? 'block',
    timeout_ms: guard.timeoutMs ?? null,
    holdback: guard.holdback ?? 'all',
    ...(mayChange ? { parameters } : {}),
    source: row ? 'project' : 'config',
    project_id: row?.project_id ?? null,
    created_at: row?.created_at ?? null,
    updated_at: row?.changed_at ?? null,
  }
}

export function toKindJson(kind: GuardKind): object {
  return {
    type: kind.type,
    name: kind.title,
    description: kind.summary,
    stages: kind.stages,
    actions: kind.actions,
    stage: kind.defaults.stage,
    action: kind.defaults.action,
    timeout_ms: kind.defaults.timeoutMs,
    parameters: kind.parameters,
    request_parameters: Object.keys(kind.requestParameters ?? kind.parameters.properties ?? {}),
  }
}

export function toTemplateJson(template: GuardTemplate): object {
  const { id, name, description, type, stage, action, parameters } = template
  return {
    id,
    name,
    description,
    type,
    stage: stage ?? null,
    action: action ?? null,
    parameters,
    defaults: defaultsOf(parameters.properties ?? {}),
  }
}

function defaultsOf(properties: Readonly<Record<string, object>>): object {
  return Object.fromEntries(
    Object.entries(properties).flatMap(([name, schema]) =>
      'default' in schema ? [[name, schema.default]] : [],
    ),
  )
}
