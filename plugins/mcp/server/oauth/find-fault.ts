/** The first error of a class among an error and its causes. */
export function findFault<T extends Error>(
  error: unknown,
  kind: abstract new (...args: never[]) => T,
): T | undefined {
  for (let fault = error, depth = 0; fault instanceof Error && depth < 8; depth++) {
    if (fault instanceof kind) return fault
    fault = fault.cause
  }
  return undefined
}
