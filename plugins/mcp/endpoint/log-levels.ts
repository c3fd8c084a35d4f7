/** From the least to the most urgent, as syslog names them (RFC 5424). */
const LEVELS = ['debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency']

/** Whether a message of this level is wanted by who wants those from `threshold` on. */
export function isLogged(level: unknown, threshold: string): boolean {
  return LEVELS.indexOf(String(level)) >= LEVELS.indexOf(threshold)
}
