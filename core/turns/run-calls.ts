import type { ToolCall } from '../chat/request.ts'
import { toGatewayError, type GatewayError } from '../errors.ts'
import type { LiveExchange } from '../live-exchange.ts'
import type { ToolAnswer } from '../tool-call.ts'
import type { OpenTools, ToolLimits } from '../tool-source.ts'

/** A call of a tool, done. */
export interface DoneCall {
  readonly call: ToolCall
  readonly answer: ToolAnswer
  readonly durationMs: number
}

/**
 * Runs what a model asked for, side by side; gives each as it is done. What fails is told to the model
 * as a result that says so, and the conversation goes on. Throws only when the exchange is over, or
 * a guard blocked and that is to end it.
 */
export async function* runCalls(
  calls: readonly ToolCall[],
  tools: OpenTools,
  exchange: LiveExchange,
  limits: Pick<ToolLimits, 'onBlocked'>,
): AsyncGenerator<DoneCall> {
  const startedMark = performance.now()
  const running = new Map(
    calls.map((call) => [call, runCall(call, tools, exchange, limits)] as const),
  )
  try {
    while (running.size > 0) {
      const done = await Promise.race(running.values())
      running.delete(done.call)
      yield done
    }
  } finally {
    for (const rest of running.values()) rest.catch(() => undefined)
    // Waiting for a tool is waiting for an upstream, as far as the gateway's own time goes.
    exchange.upstreamMs += performance.now() - startedMark
  }
}

async function runCall(
  call: ToolCall,
  tools: OpenTools,
  exchange: LiveExchange,
  { onBlocked }: Pick<ToolLimits, 'onBlocked'>,
): Promise<DoneCall> {
  const startedMark = performance.now()
  const done = (answer: ToolAnswer): DoneCall => ({
    call,
    answer,
    durationMs: Math.round((performance.now() - startedMark) * 1000) / 1000,
  })
  const args = readArguments(call.function.arguments)
  if (!args) return done(failed('The arguments are no JSON object.'))
  try {
    return done(await tools.call(call.function.name, args, exchange))
  } catch (error) {
    exchange.life.throwIfOver()
    const fault = toGatewayError(error)
    if (fault.code === 'guardrail_blocked' && onBlocked === 'end') throw fault
    return done(failed(toldToModel(fault)))
  }
}

/** Models leave the arguments of a tool that takes none empty. */
function readArguments(written: string): Record<string, unknown> | undefined {
  if (written.trim() === '') return {}
  try {
    const value: unknown = JSON.parse(written)
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isObject ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

function toldToModel(fault: GatewayError): string {
  if (fault.code !== 'guardrail_blocked') return fault.message
  return `This call was blocked: ${fault.message}. Do not try to get around it.`
}

function failed(text: string): ToolAnswer {
  return { content: [{ type: 'text', text }], isError: true }
}
