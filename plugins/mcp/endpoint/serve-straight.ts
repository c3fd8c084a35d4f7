import {
  ProtocolErrorCode,
  SERVER_INFO_META_KEY,
  type Implementation,
  type JSONRPCRequest,
  type ProtocolError,
  type Result,
} from '@modelcontextprotocol/server'

import type { CallAnswer } from './call-answer.ts'
import type { RequestContext, RequestService } from './request-service.ts'

export interface StraightParts {
  readonly request: JSONRPCRequest
  readonly context: RequestContext
  readonly answer: CallAnswer
  /** Brings a result into the form of the client's revision. */
  readonly toWire?: (result: Result) => Result
}

/** Serves a call that was read by `straight-call.ts`, without the SDK between. */
export async function serveStraight(
  service: RequestService,
  { request, context, answer, toWire = (result) => result }: StraightParts,
): Promise<void> {
  const { jsonrpc, id } = request
  try {
    const result = await service.handle(request, context)
    if (context.signal.aborted) return answer.abandon()
    answer.end({ jsonrpc, id, result: toWire(result) })
  } catch (fault) {
    if (context.signal.aborted) return answer.abandon()
    const { code, message, data } = fault as ProtocolError
    const error = { code: toWireCode(code), message, ...(data === undefined ? {} : { data }) }
    answer.end({ jsonrpc, id, error }, statusOf(code))
  }
}

/** No client knows a code of its own for what is not there any more. */
function toWireCode(code: number): number {
  return code === ProtocolErrorCode.ResourceNotFound ? ProtocolErrorCode.InvalidParams : code
}

/** The one error of a request that was served which HTTP tells as well (2026-07-28). */
function statusOf(code: number): number {
  return code === ProtocolErrorCode.MissingRequiredClientCapability ? 400 : 200
}

/** As a result of 2026-07-28 has to be: whether it is complete, and whose it is. */
export function toModernResult(result: Result, serverInfo: Implementation): Result {
  const { _meta: meta, resultType = 'complete' } = result
  const isSaid = meta !== undefined && meta[SERVER_INFO_META_KEY] !== undefined
  return {
    ...result,
    resultType,
    _meta: isSaid ? meta : { ...meta, [SERVER_INFO_META_KEY]: serverInfo },
  }
}
