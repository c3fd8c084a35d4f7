import { didYouMean, requestProblem, type Exchange } from '#core'

import { lookUp, requestField } from './request-fields.ts'
import { headersForScript } from './script-headers.ts'
import { userField, userId } from './user.ts'

/** Finds in an exchange what a condition is about; undefined when it is missing. */
export type Find = (exchange: Exchange) => unknown

/** The checks of a router that run before its routes are chosen. Throws 400 for one it does not have. */
export type FindCheck = (name: string, field: string, path: string) => Find

const ROOTS = ['extra.user', 'extra.variables', 'metadata', 'request', 'pre_request']

/**
 * What the key of a condition stands for: `extra.user.tier`, `extra.variables.plan`, `metadata.country`,
 * `metadata.tags.team`, `request.max_tokens`, `pre_request.daily.allowed`. Throws 400 with the path for
 * a key that stands for nothing.
 */
export function readKey(key: string, path: string, findCheck: FindCheck): Find {
  const [root = '', ...rest] = key.split('.')
  const [first = '', ...deeper] = rest
  if (rest.length > 0 && !rest.includes('')) {
    if (root === 'request') return ({ request }) => requestField(request, rest)
    if (root === 'metadata') return readMetadata(first, deeper.join('.'), path)
    if (root === 'extra' && first === 'user' && deeper.length > 0) return readUser(deeper)
    if (root === 'extra' && first === 'variables' && deeper.length > 0) {
      return ({ request }) => lookUp(request.extra?.variables, deeper)
    }
    if (root === 'pre_request') return readCheckKey(first, deeper, path, findCheck)
  }
  const hint = didYouMean(key.slice(0, 100), ROOTS)
  throw requestProblem(
    path,
    `must begin with one of ${ROOTS.join('., ')}., and name a field${hint}`,
  )
}

function readUser([name = '', ...deeper]: readonly string[]): Find {
  return ({ request }) => lookUp(userField(request, name), deeper)
}

/** `pre_request.toxic.passed`, or as older documents have it `pre_request.toxic.result.passed`. */
function readCheckKey(
  name: string,
  fields: readonly string[],
  path: string,
  findCheck: FindCheck,
): Find {
  const [field, ...more] = fields[0] === 'result' && fields.length > 1 ? fields.slice(1) : fields
  if (field !== undefined && more.length === 0) return findCheck(name, field, path)
  throw requestProblem(path, 'must name one field of the result: pre_request.NAME.FIELD')
}

const CONTINENTS: Readonly<Record<string, string>> = {
  AF: 'Africa',
  AN: 'Antarctica',
  AS: 'Asia',
  EU: 'Europe',
  NA: 'North America',
  OC: 'Oceania',
  SA: 'South America',
}

/**
 * Facts about the caller. `country` (`DE`) and `region` (`Europe`) are what a content delivery network
 * in front of the gateway says; without one, a client could say what it likes. `ip` is the address
 * that the connection came from.
 */
const METADATA: Readonly<Record<string, Find>> = {
  user_agent: ({ headers }) => headers['user-agent'],
  ip: ({ clientIp }) => clientIp,
  country: (exchange) =>
    header(exchange, 'cf-ipcountry', 'x-vercel-ip-country', 'cloudfront-viewer-country'),
  region: (exchange) => {
    const code = header(exchange, 'cf-ipcontinent', 'x-vercel-ip-continent')
    return code === undefined ? undefined : (CONTINENTS[code] ?? code)
  },
  user_id: ({ request }) => userId(request),
  group_id: ({ request }) => userField(request, 'group_id'),
  group_name: ({ request }) => userField(request, 'group_name'),
}

function readMetadata(name: string, rest: string, path: string): Find {
  if (name === 'headers' && rest !== '') {
    return ({ headers }) => headersForScript({ [rest]: headers[rest.toLowerCase()] })[rest]
  }
  if (name === 'tags' && rest !== '') return ({ tags }) => own(tags, rest)
  const find = rest === '' && Object.hasOwn(METADATA, name) ? METADATA[name] : undefined
  if (find) return find
  const known = [...Object.keys(METADATA), 'tags.NAME', 'headers.NAME']
  const hint = didYouMean(name.slice(0, 100), Object.keys(METADATA))
  throw requestProblem(path, `must be one of ${known.join(', ')} of metadata${hint}`)
}

function own(tags: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(tags, name) ? tags[name] : undefined
}

function header({ headers }: Exchange, ...names: readonly string[]): string | undefined {
  const said = names.map((name) => headers[name]).find((value) => typeof value === 'string')
  return typeof said === 'string' && said !== '' ? said.toUpperCase() : undefined
}
