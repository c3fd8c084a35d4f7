import {
  ProtocolError,
  ProtocolErrorCode,
  specTypeSchemas,
  type SpecTypes,
} from '@modelcontextprotocol/server'

/** The params of the requests that the endpoint serves, by the specification's name of their type. */
type ParamsName =
  | 'CallToolRequestParams'
  | 'CompleteRequestParams'
  | 'GetPromptRequestParams'
  | 'PaginatedRequestParams'
  | 'ReadResourceRequestParams'
  | 'SetLevelRequestParams'

/** Checks the params of a request. Throws -32602, which says what is wrong where. */
export function readParams<Name extends ParamsName>(
  name: Name,
  method: string,
  params: unknown,
): SpecTypes[Name] {
  const outcome = specTypeSchemas[name]['~standard'].validate(params ?? {})
  if (!outcome.issues) return outcome.value
  const problems = outcome.issues.slice(0, 3).map(({ path, message }) => {
    const at = (path ?? []).map((part) => String(typeof part === 'object' ? part.key : part))
    return at.length === 0 ? message : `${at.join('.')}: ${message}`
  })
  const message = `Invalid params for ${method}: ${problems.join('; ')}`
  throw new ProtocolError(ProtocolErrorCode.InvalidParams, message.slice(0, 1000))
}
