import { type Command, type Database, SetupError } from '#core'

import { describeGuards } from './guard-list.ts'
import type { Queries } from './key-table.ts'
import { LONGEST_PROJECT_NAME, toProjectJson } from './project-routes.ts'
import { insertProject, projectsChangedSince, type ProjectRow } from './project-table.ts'

/** `tapgate projects …`: for the person at the machine. */
export function projectCommands(database: Database): readonly Command[] {
  return [
    {
      name: 'projects create',
      summary: 'Make a project',
      arguments: [{ name: 'name', description: 'what it is called', isRequired: true }],
      examples: ['tapgate projects create search'],
      async run({ arguments: [name = ''] }) {
        if (name === '' || name.length > LONGEST_PROJECT_NAME) {
          const hint = `It must have 1 to ${LONGEST_PROJECT_NAME} characters.`
          throw new SetupError('invalid_option', 'The name is not valid.', hint)
        }
        const project = await insertProject(database, name)
        const text = `${project.id}\n\nMake a key for it with "tapgate keys create --project ${project.id}".`
        return { text, json: toProjectJson(project) }
      },
    },
    {
      name: 'projects list',
      summary: 'List the projects',
      examples: ['tapgate projects list', 'tapgate projects list --json'],
      async run() {
        const rows = await projectsChangedSince(database, undefined)
        const projects = rows
          .filter((row) => !row.archived_at)
          .toSorted((a, b) => a.created_at.getTime() - b.created_at.getTime())
        const lines = projects.map(({ id, name, is_default, guards }) =>
          [id, name, ...(is_default ? ['(default)'] : []), ...describeGuards(guards)].join('  '),
        )
        return { text: lines.join('\n'), json: projects.map(toProjectJson) }
      },
    },
  ]
}

/** The id of the project with this id or name, or of the default one. Throws a SetupError. */
export async function projectIdOf(database: Queries, idOrName?: string): Promise<string> {
  if (idOrName !== undefined) return (await projectNamed(database, idOrName)).id
  const all = await projectsChangedSince(database, undefined)
  const project = all.find((row) => row.is_default)
  if (!project) throw new Error('The table "projects" has no default project.')
  return project.id
}

/** The project with this id or this name. Throws a SetupError when it is not exactly one. */
export async function projectNamed(database: Queries, idOrName: string): Promise<ProjectRow> {
  const all = (await projectsChangedSince(database, undefined)).filter((row) => !row.archived_at)
  const found = all.filter(({ id, name }) => id === idOrName || name === idOrName)
  const [project] = found
  if (project && found.length === 1) return project
  const hint = 'Run "tapgate projects list" to see all of them.'
  const message =
    found.length === 0
      ? `No project has the id or name "${idOrName}".`
      : `${found.length} projects are called "${idOrName}": say its id.`
  throw new SetupError('project_not_found', message, hint)
}
