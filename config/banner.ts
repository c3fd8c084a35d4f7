import { styleText } from 'node:util'

import type { Gateway } from '../core/gateway.ts'
import { isOn } from '../core/models.ts'
import type { Provider } from '../core/provider.ts'
import { version } from '../core/version.ts'
import { addressOf } from './address.ts'
import { shownPath } from './config-file.ts'
import { runnable } from './runnable.ts'

interface Place {
  readonly host: string
  readonly port: number
  readonly configFile: string
}

const LONGEST_LINE = 96
const INDENT = ' '.repeat(10)

/** What a person sees when the gateway has started: where it is, what it can do, what to do next. */
export function banner(gateway: Gateway, { host, port, configFile }: Place): string {
  const address = addressOf(host, port)
  const on = gateway.providers.filter(isOn)
  const off = gateway.providers.filter((provider) => !isOn(provider))
  const told = gateway.banner().map((line) => line.replaceAll('{address}', address))
  const lines = [
    '',
    `${styleText('bold', `Tapgate ${version}`)} at ${styleText('cyan', address)}`,
    '',
    row('Config', [shownPath(configFile)]),
    row('Models', [`${gateway.models.list().length}, listed by "tapgate models"`]),
    row('On', on.length > 0 ? list(on.map(titleOf)) : ['no provider']),
    ...(off.length > 0 ? [row('Off', list(off.map(switchOf)))] : []),
    ...(gateway.accounts ? [] : [row('Access', [openToAll(host)])]),
    ...(told.length > 0 ? ['', ...told] : []),
    '',
  ]
  return `${runnable(lines.join('\n'))}\n`
}

function row(title: string, lines: readonly string[]): string {
  const label = styleText('dim', `  ${title}`.padEnd(INDENT.length))
  return `${label}${lines.join(`\n${INDENT}`)}`
}

/** The items with commas between them, in lines that fit. */
function list(items: readonly string[]): readonly string[] {
  const lines = ['']
  for (const [index, item] of items.entries()) {
    const piece = index < items.length - 1 ? `${item},` : item
    const line = lines.at(-1) ?? ''
    if (line === '') lines[lines.length - 1] = piece
    else if (INDENT.length + line.length + 1 + piece.length <= LONGEST_LINE) {
      lines[lines.length - 1] = `${line} ${piece}`
    } else lines.push(piece)
  }
  return lines
}

function titleOf({ title, name }: Provider): string {
  return title ?? name
}

/** `Groq (set GROQ_API_KEY)` */
function switchOf(provider: Provider): string {
  const what = /^Set (.+)\.$/.exec(provider.hint ?? '')?.[1] ?? provider.hint
  return what === undefined ? titleOf(provider) : `${titleOf(provider)} (${what})`
}

function openToAll(host: string): string {
  const isLocal = host === '127.0.0.1' || host === '::1' || host === 'localhost'
  const who = isLocal ? 'every program of this machine' : 'everybody who can reach this machine'
  return styleText('yellow', `No plugin asks for API keys: ${who} may use it.`)
}
