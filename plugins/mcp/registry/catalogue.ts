import { type Caller, createBodyCheck, requestProblem } from '#core'

import type { Known } from './known-servers.ts'
import { hasPlaceholder } from './placeholders.ts'
import { checkServer } from './server-body.ts'
import { shownArguments } from './server-json.ts'
import { presentation, SERVER_NAME } from './server-schema.ts'
import type { Visibility } from './server-table.ts'
import { holdsOwnValues, shownUrl } from './shown-url.ts'
import type { ServerSettings, StoredServer, Texts } from './stored-server.ts'

const checkPublication = createBodyCheck({
  type: 'object',
  additionalProperties: false,
  properties: { ...presentation, visibility: { enum: ['public', 'private'] } },
})

const checkInstallation = createBodyCheck({
  type: 'object',
  additionalProperties: false,
  properties: {
    name: { type: 'string', pattern: SERVER_NAME },
    values: { type: 'object', additionalProperties: { type: 'string', maxLength: 16_384 } },
  },
})

/** What `POST …/publish` takes: who may see it, and how it is shown. Throws 400. */
export function readPublication(
  body: unknown,
  settings: ServerSettings,
): { readonly visibility: Visibility; readonly settings: ServerSettings } {
  checkPublication(body)
  const { visibility = 'public', ...shown } = body as Partial<ServerSettings> & {
    readonly visibility?: Visibility
  }
  return { visibility, settings: { ...settings, ...shown } }
}

/**
 * Refuses to show what belongs to the project alone: whoever installs the server brings values of
 * their own. Throws 400.
 */
export function checkPublishable({ settings, secrets }: StoredServer): void {
  if (holdsOwnValues(settings.url ?? '')) {
    const wanted = 'has values of this project in its query: write {{VARIABLE}} in their place'
    throw requestProblem('url', `${wanted}, and declare it`)
  }
  refuseOwnValues(secrets.headers, 'headers')
  refuseOwnValues(secrets.env, 'env')
  for (const field of ['client_secret', 'private_key'] as const) {
    if (secrets.auth?.[field] === undefined) continue
    throw requestProblem(`auth.${field}`, 'is a secret of this project, which can not be published')
  }
}

/** What `POST /api/mcp/catalog/{name}/install` takes: `values`, and a `name` of its own. Throws 400. */
export function readInstallation(
  body: unknown,
  publishedName: string,
  { settings, secrets }: StoredServer,
): { readonly name: string; readonly stored: StoredServer } {
  checkInstallation(body)
  const { name = publishedName, values = {} } = body as {
    readonly name?: string
    readonly values?: Texts
  }
  const stored = {
    settings: { ...settings, installed_from: publishedName },
    secrets: { ...secrets, values },
  }
  checkServer(stored)
  return { name, stored }
}

/** A server of the catalogue, for every project: how to reach it, and what one has to bring. */
export function toEntryJson({ row, stored }: Known, caller: Caller): object {
  const { settings } = row
  const { headers = {}, env = {}, auth } = stored?.secrets ?? {}
  return {
    name: row.name,
    title: settings.title ?? null,
    description: settings.description ?? null,
    logo_url: settings.logo_url ?? null,
    categories: settings.categories ?? [],
    type: settings.type,
    configuration: {
      ...(settings.type === 'stdio'
        ? {
            command: settings.command,
            args: shownArguments(settings.args, caller),
            cwd: settings.cwd ?? null,
          }
        : { url: shownUrl(settings.url ?? ''), headers }),
      env,
      ...(auth ? { auth } : {}),
    },
    variables: Object.entries(settings.variables ?? {}).map(([name, variable]) => ({
      name,
      description: variable.description ?? null,
      secret: variable.secret ?? true,
      default: variable.default ?? null,
      required: variable.default === undefined,
    })),
    published_at: row.published_at,
    is_own: row.project_id === caller.projectId,
  }
}

function refuseOwnValues(texts: Texts, path: string): void {
  for (const [name, value] of Object.entries(texts)) {
    if (hasPlaceholder(value)) continue
    const wanted = 'is a value of this project: write {{VARIABLE}} in its place, and declare it'
    throw requestProblem(`${path}.${name}`, wanted)
  }
}
