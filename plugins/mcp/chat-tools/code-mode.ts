import {
  GatewayError,
  type Exchange,
  type GatewayTool,
  type OpenTools,
  type RunTool,
  type Sandbox,
  type SandboxOutcome,
  type ToolAnswer,
} from '#core'

import { searchFunctions, toFunctions, type CodeFunction } from './code-functions.ts'
import { callTool, type LinkedTools } from './open-tools.ts'
import { declare } from './tool-types.ts'

export interface CodeModeParts {
  readonly runTool: RunTool
  readonly sandbox: Sandbox
  /** How many tools one request may call. */
  readonly mostCalls: number
  /** How long one piece of code may take. */
  readonly timeoutMs: number
}

/** Who runs code, in records and guards. */
const SERVER = 'code'
const SEARCH = 'search_tools'
const RUN = 'run_code'
const LONGEST_NOTE = 2_000
const MOST_NOTES = 500

/** What code asked for, for the record of its run. */
interface CallNote {
  readonly tool: string
  readonly arguments: unknown
  readonly is_error: boolean
  readonly duration_ms: number
  readonly result: string
}

/**
 * Two tools instead of many: one tells of functions, the other runs JavaScript that calls them. Each
 * call of a function is checked when it is made, and is a row, a span and a matter for guards like
 * any other; the run itself is one around them, with the transcript.
 */
export function offerCode(
  { tools, release }: LinkedTools,
  { runTool, sandbox, mostCalls, timeoutMs }: CodeModeParts,
): OpenTools {
  const functions = toFunctions(tools)
  const lent: Record<string, string[]> = {}
  for (const { object, name } of functions) {
    // A server may be called "constructor".
    if (!Object.hasOwn(lent, object)) lent[object] = []
    lent[object]?.push(name)
  }
  let calls = 0

  async function callFunction(
    object: string,
    name: string,
    args: unknown,
    exchange: Exchange,
  ): Promise<ToolAnswer> {
    const found = functions.find((one) => one.object === object && one.name === name)
    if (!found) throw new GatewayError('tool_not_found', `There is no function ${object}.${name}.`)
    if (++calls > mostCalls) {
      const message = `This request may call ${mostCalls} tools, and has.`
      throw new GatewayError('rate_limit_exceeded', message)
    }
    if (typeof args !== 'object' || args === null || Array.isArray(args)) {
      throw new GatewayError('invalid_parameter', 'A function takes one object of arguments.')
    }
    const { linked } = found
    // What may be called is for this moment to say, not for the one in which the list was made.
    const current = linked.named.filter(await linked.link.tools(exchange.signal))
    if (!current.some((tool) => tool.name === linked.tool.name)) {
      throw new GatewayError('tool_not_found', `${object}.${name} is no longer there.`)
    }
    return callTool(linked, args as Record<string, unknown>, exchange)
  }

  async function runCode(source: string, exchange: Exchange): Promise<ToolAnswer> {
    const notes: CallNote[] = []
    const outcome = await sandbox.run({
      source,
      functions: lent,
      timeoutMs,
      signal: exchange.signal,
      async call(object, name, args) {
        const startedMark = performance.now()
        const note = (result: string, isError: boolean): void => {
          if (notes.length >= MOST_NOTES) return
          notes.push({
            tool: `${object}.${name}`,
            arguments: args,
            is_error: isError,
            duration_ms: Math.round(performance.now() - startedMark),
            result: result.slice(0, LONGEST_NOTE).toWellFormed(),
          })
        }
        try {
          const value = toValue(await callFunction(object, name, args, exchange))
          note(inWords(value), false)
          return value
        } catch (error) {
          // Faults of ours are sentences; of others nobody knows what they tell.
          const message =
            error instanceof GatewayError || error instanceof ToolFault
              ? error.message
              : 'The tool failed.'
          note(message, true)
          throw new Error(message)
        }
      },
    })
    return toAnswer(outcome, notes)
  }

  return {
    tools: [searchTool(functions), codeTool(lent)],
    async call(name, args, exchange) {
      if (name !== SEARCH && name !== RUN) {
        const message = `There is no tool "${name}": call it from code, with ${RUN}.`
        throw new GatewayError('tool_not_found', message)
      }
      const { caller, headers, clientIp } = exchange
      return runTool({
        server: SERVER,
        tool: name,
        arguments: args,
        caller,
        parent: exchange,
        headers,
        clientIp,
        signal: exchange.signal,
        timeoutMs: timeoutMs + 5_000,
        cost: null,
        call: async (checked, { exchange: own }) =>
          name === RUN
            ? runCode(textIn(checked, 'code'), own)
            : found(searchFunctions(functions, textIn(checked, 'query')), functions),
      })
    },
    release,
  }
}

function searchTool(functions: readonly CodeFunction[]): GatewayTool {
  return gatewayTool(
    SEARCH,
    `Finds functions that ${RUN} can call, and gives their TypeScript declarations. There are ${functions.length}.`,
    { query: { type: 'string', description: 'Words of what it should do. Empty for the first.' } },
    'query',
  )
}

function codeTool(lent: Readonly<Record<string, readonly string[]>>): GatewayTool {
  const objects = Object.entries(lent).map(([object, names]) => `${object} (${names.length})`)
  return gatewayTool(
    RUN,
    `Runs JavaScript, the body of an async function: \`const page = await object.name({ … }); return page.title\`. ` +
      `It has no imports, network or files, but these objects with functions: ${objects.join(', ')}. ` +
      `Look them up with ${SEARCH} first. Side by side: Promise.all. You get what it returns, and what it writes with console.log.`,
    { code: { type: 'string', description: 'JavaScript.' } },
    'code',
  )
}

function gatewayTool(
  name: string,
  description: string,
  properties: object,
  required: string,
): GatewayTool {
  const parameters = { type: 'object', properties, required: [required] }
  return {
    server: SERVER,
    tool: name,
    definition: { type: 'function', function: { name, description, parameters } },
  }
}

function found(matches: readonly CodeFunction[], all: readonly CodeFunction[]): ToolAnswer {
  const names = all.map(({ object, name }) => `${object}.${name}`).join(', ')
  const text = matches.length > 0 ? declare(matches) : `Nothing fits. There are: ${names}.`
  return { content: [{ type: 'text', text }] }
}

/** What a tool said went wrong, as code gets to catch it. */
class ToolFault extends Error {
  override readonly name = 'ToolFault'
}

/** A tool's answer as code works with it: structured content, or else its text. Throws what went wrong. */
function toValue({ content, structuredContent, isError }: ToolAnswer): unknown {
  const text = content
    .map((item) => (item.type === 'text' ? item.text : `[${item.type}: not for code]`))
    .join('\n')
  if (isError === true) throw new ToolFault(text === '' ? 'The tool failed.' : text)
  return structuredContent ?? text
}

function inWords(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value))
}

function toAnswer(outcome: SandboxOutcome, calls: readonly CallNote[]): ToolAnswer {
  const { logs } = outcome
  const written = logs.length > 0 ? [`Written:\n${logs.join('\n')}`] : []
  const transcript = { calls, logs: [...logs] }
  if (outcome.ok) {
    const text = [inWords(outcome.value), ...written].join('\n\n')
    return {
      content: [{ type: 'text', text }],
      structuredContent: { ...transcript, value: outcome.value },
    }
  }
  const { message, line } = outcome
  const fault = line === undefined ? message : `${message} (line ${line})`
  return {
    content: [{ type: 'text', text: [fault, ...written].join('\n\n') }],
    structuredContent: { ...transcript, error: fault },
    isError: true,
  }
}

function textIn(args: Readonly<Record<string, unknown>>, name: string): string {
  const value = args[name]
  if (typeof value === 'string') return value
  throw new GatewayError('invalid_parameter', `"${name}" must be a text.`)
}
