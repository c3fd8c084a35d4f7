/** The names on the way from a name back to itself, that name at both ends; undefined when no way does. */
export function findLoop(
  names: Iterable<string>,
  referencesOf: (name: string) => readonly string[],
): readonly string[] | undefined {
  const loopless = new Set<string>()

  function search(name: string, way: readonly string[]): readonly string[] | undefined {
    const start = way.indexOf(name)
    if (start !== -1) return [...way.slice(start), name]
    if (loopless.has(name)) return undefined
    for (const next of referencesOf(name)) {
      const loop = search(next, [...way, name])
      if (loop) return loop
    }
    loopless.add(name)
    return undefined
  }

  for (const name of names) {
    const loop = search(name, [])
    if (loop) return loop
  }
  return undefined
}
