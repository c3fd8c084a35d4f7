/** The variables that the process was started with. */
export type Environment = Readonly<Record<string, string | undefined>>

/** The value of the first variable that says something: compose files set unused ones to "". */
export function firstSet(
  environment: Environment,
  variables: readonly string[],
): string | undefined {
  for (const variable of variables) {
    const value = environment[variable]?.trim()
    if (value) return value
  }
  return undefined
}
