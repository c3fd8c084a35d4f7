import {
  type Command,
  type CommandInput,
  type Database,
  type GuardDirectory,
  type GuardReference,
  type Scope,
  SetupError,
} from '#core'

import { isScope, type KeyHash, SCOPES } from './api-key.ts'
import { describeGuards } from './guard-list.ts'
import { LONGEST_NAME, MOST_DAYS } from './key-body.ts'
import { daysFromNow, issueKey } from './key-issue.ts'
import { toKeyJson } from './key-routes.ts'
import { allKeys, type KeyRow, revokeKey, usableKeysNamed } from './key-table.ts'
import { projectIdOf } from './project-commands.ts'

export interface KeyCommandsParts {
  readonly database: Database
  readonly hash: KeyHash
  readonly guards: GuardDirectory
}

/** `tapgate keys …`: for the person at the machine, who needs no key for it. */
export function keyCommands({ database, hash, guards }: KeyCommandsParts): readonly Command[] {
  return [
    {
      name: 'keys create',
      summary: 'Make an API key and print it once',
      options: [
        { flags: '--name <name>', description: 'what the key is for', default: 'unnamed' },
        {
          flags: '--scopes <scopes>',
          description: `some of ${SCOPES.join(', ')}`,
          default: 'read,write',
        },
        { flags: '--expires-in-days <days>', description: 'when it ends; never when left out' },
        { flags: '--project <project>', description: 'id or name; the default one when left out' },
        {
          flags: '--guard <id...>',
          description: 'a guard that reads every request of the key; may be said more than once',
        },
      ],
      examples: [
        'tapgate keys create --name billing --scopes read --expires-in-days 90',
        'tapgate keys create --name chatbot --guard pii --guard secrets',
      ],
      async run({ options }) {
        const wish = {
          name: readName(options['name']),
          scopes: readScopes(options['scopes']),
          expiresAt: readExpiry(options['expiresInDays']),
          guards: readGuardIds(options['guard']),
        }
        const named = options['project']
        const projectId = await projectIdOf(database, named === undefined ? named : String(named))
        await guards.checkReferences(wish.guards, projectId, '--guard')
        const { key, row } = await issueKey(database, hash, { ...wish, projectId })
        const text = `${key}\n\nKeep this key: it is not shown again. It is known as ${row.id}.`
        return { text, json: { ...toKeyJson(row), key } }
      },
    },
    {
      name: 'keys list',
      summary: 'List the API keys, the newest first',
      examples: ['tapgate keys list', 'tapgate keys list --json'],
      async run() {
        const keys = await allKeys(database)
        const lines = keys.map(describe)
        const none = 'There is no API key yet. Make one with "tapgate keys create".'
        return { text: lines.length > 0 ? lines.join('\n') : none, json: keys.map(toKeyJson) }
      },
    },
    {
      name: 'keys revoke',
      summary: 'Revoke an API key',
      arguments: [
        { name: 'key', description: 'its id, or its first 12 characters', isRequired: true },
      ],
      examples: ['tapgate keys revoke sk-prod-1a2b'],
      async run({ arguments: [name = ''] }: CommandInput) {
        const row = await theOneNamed(database, hash, name)
        await revokeKey(database, row.id)
        const text = `${row.key_prefix}… (${row.name}) is revoked; running gateways refuse it within seconds.`
        return { text, json: { id: row.id, revoked: true } }
      },
    },
  ]
}

async function theOneNamed(database: Database, hash: KeyHash, name: string): Promise<KeyRow> {
  const [row, ...others] = await usableKeysNamed(database, name, hash(name))
  if (!row) {
    throw new SetupError(
      'key_not_found',
      'No usable API key has this id or prefix.',
      'Run "tapgate keys list" to see all of them.',
    )
  }
  if (others.length === 0) return row
  const ids = [row, ...others].map(({ id }) => id).join(', ')
  throw new SetupError(
    'ambiguous_key',
    `${others.length + 1} API keys begin with "${row.key_prefix}".`,
    `Say which one by its id: ${ids}.`,
  )
}

function describe(row: KeyRow): string {
  const lastUse = row.last_used_at ? `last used ${day(row.last_used_at)}` : 'never used'
  const scopes = row.scopes.join(',')
  const told = [row.id, `${row.key_prefix}…`, scopes, stateOf(row), lastUse, row.name]
  return [...told, ...describeGuards(row.guards)].join('  ')
}

function stateOf(row: KeyRow): string {
  if (row.revoked_at) return 'revoked'
  if (!row.expires_at) return 'usable'
  return row.expires_at.getTime() <= Date.now() ? 'expired' : `until ${day(row.expires_at)}`
}

function day(date: Date): string {
  return date.toISOString().slice(0, 10)
}

type OptionValue = CommandInput['options'][string]

function readName(value: OptionValue): string {
  if (typeof value === 'string' && value !== '' && value.length <= LONGEST_NAME) return value
  throw wrongOption('--name', `a text of at most ${LONGEST_NAME} characters`)
}

function readScopes(value: OptionValue): readonly Scope[] {
  const scopes = String(value ?? '')
    .split(',')
    .map((scope) => scope.trim())
  if (scopes.every(isScope)) return [...new Set(scopes)]
  throw wrongOption('--scopes', `some of ${SCOPES.join(',')}`)
}

function readGuardIds(value: OptionValue): readonly GuardReference[] {
  return Array.isArray(value) ? value.map((id) => ({ id: String(id) })) : []
}

function readExpiry(value: OptionValue): Date | undefined {
  if (value === undefined) return undefined
  const days = Number(value)
  if (Number.isInteger(days) && days >= 1 && days <= MOST_DAYS) return daysFromNow(days)
  throw wrongOption('--expires-in-days', `a whole number from 1 to ${MOST_DAYS}`)
}

function wrongOption(flag: string, wanted: string): SetupError {
  return new SetupError('invalid_option', `${flag} is not valid.`, `It must be ${wanted}.`)
}
