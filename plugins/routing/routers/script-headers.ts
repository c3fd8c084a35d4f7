import type { IncomingHttpHeaders } from 'node:http'

const CREDENTIAL_NAME =
  /auth|key|token|secret|cookie|passw|credential|session|signature|assertion|jwt|cert|bearer/
const CREDENTIAL_VALUE =
  /^(bearer|basic|digest|negotiate|token|apikey|aws4-hmac-sha256)\s|^(sk|pk|rk|tg|gh[a-z]|xox[a-z])[-_]|^eyJ/i

/** The headers a router script may read: in lower case, without anything that looks like a credential. */
export function headersForScript(headers: IncomingHttpHeaders): Readonly<Record<string, string>> {
  const shown: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || CREDENTIAL_NAME.test(name)) continue
    const text = typeof value === 'string' ? value : value.join(', ')
    if (!CREDENTIAL_VALUE.test(text)) shown[name] = text
  }
  return shown
}
