import { type Command, type CommandInput, type Database, type EraseUser, SetupError } from '#core'

import { listRequests, type RequestJson } from './request-list.ts'
import { readFilter, readRequestPage } from './request-query.ts'
import { requestWithBody } from './request-routes.ts'

export interface RequestCommandsParts {
  readonly database: Database
  readonly bodyDays: number
  /** Has all plugins erase what they keep of a user. */
  readonly eraseUser: EraseUser
  /** The project with this id or name, or the default one. Throws a SetupError when there is none. */
  readonly findProject: (idOrName: string | undefined) => Promise<string>
}

const PROJECT = {
  flags: '--project <project>',
  description: 'its id or name, else the default one',
}

/** `tapgate requests …` and `tapgate erase`: for the person at the machine. */
export function requestCommands(parts: RequestCommandsParts): readonly Command[] {
  const { database, bodyDays, findProject, eraseUser } = parts
  return [
    {
      name: 'requests list',
      summary: 'List the requests of a project, the newest first',
      options: [
        PROJECT,
        { flags: '--model <model>', description: 'as it was asked for, or as it answered' },
        { flags: '--provider <provider>', description: 'who answered' },
        {
          flags: '--status <status>',
          description: 'success, error, refused, blocked or cancelled',
        },
        { flags: '--user <user>', description: 'the id of a user' },
        { flags: '--since <time>', description: 'like 2026-11-23T00:00:00Z' },
        { flags: '--limit <count>', description: 'how many', default: '20' },
      ],
      examples: ['tapgate requests list --status error --limit 5'],
      async run({ options }) {
        const query = toQuery(options)
        const filter = readFilter(query, await findProject(textOf(options['project'])))
        const { requests } = await listRequests(database, filter, readRequestPage(query))
        const none = 'There is no such request.'
        return {
          text: requests.length > 0 ? requests.map(describe).join('\n') : none,
          json: requests,
        }
      },
    },
    {
      name: 'requests show',
      summary: 'Show a request, with what was said in it where that is kept',
      arguments: [{ name: 'id', description: 'as in x-request-id', isRequired: true }],
      options: [PROJECT],
      examples: ['tapgate requests show req_019a2b3c4d5e7f008192a3b4c5d6e7f8'],
      async run({ arguments: [id = ''], options }) {
        const projectId = await findProject(textOf(options['project']))
        const shown = await requestWithBody(database, { id, projectId, bodyDays })
        return { text: JSON.stringify(shown, null, 2), json: shown }
      },
    },
    {
      name: 'erase',
      summary: 'Erase what was said in the name of a user, and the user’s id in the requests',
      options: [{ flags: '--user <user>', description: 'the id of the user' }, PROJECT],
      examples: ['tapgate erase --user u-1234'],
      async run({ options }) {
        const userId = textOf(options['user'])
        if (!userId) {
          throw new SetupError('user_missing', 'Whose data?', 'Name the user: --user <id>.')
        }
        const projectId = await findProject(textOf(options['project']))
        const erased = await eraseUser(projectId, userId)
        const { erased_bodies: bodies = 0, unnamed_requests: requests = 0 } = erased
        return {
          text: `Erased what was said in ${bodies} requests, and the user's id in ${requests}.`,
          json: { user_id: userId, ...erased },
        }
      },
    },
  ]
}

/** The options of the command line by the names they have in a query. */
function toQuery(options: CommandInput['options']): URLSearchParams {
  const { model, provider, status, user, since, limit } = options
  const named = { model, provider, status, user_id: user, since, limit }
  const given = Object.entries(named).flatMap(([name, value]) =>
    typeof value === 'string' ? [[name, value]] : [],
  )
  return new URLSearchParams(given)
}

function textOf(option: CommandInput['options'][string]): string | undefined {
  return typeof option === 'string' && option !== '' ? option : undefined
}

function describe(request: RequestJson): string {
  const { id, created_at: at, status, error_code: error, duration_ms: ms, cost } = request
  const target = request.model ? `${request.provider}/${request.model}` : request.requested_model
  const money = cost === null ? '' : `  $${cost.toFixed(6)}`
  return `${at.toISOString()}  ${id}  ${error ?? status}  ${target ?? '-'}  ${Math.round(ms)} ms${money}`
}
