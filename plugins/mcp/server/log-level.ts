/** Severities of log messages, as RFC 5424 and the protocol have them. */
const LEVELS: readonly unknown[] = [
  'debug',
  'info',
  'notice',
  'warning',
  'error',
  'critical',
  'alert',
  'emergency',
]

/** How grave a level is; what is no level is the least. */
export function severity(level: unknown): number {
  return LEVELS.indexOf(level)
}
