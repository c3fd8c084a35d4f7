import type { Contributions } from './plugin.ts'
import { SetupError } from './setup-error.ts'

interface Given {
  readonly plugin: string
  readonly contributions: Contributions
}

/** All plugins that could not be set up, as one fault; a fault of our own goes first. */
export function joined(faults: readonly Error[]): Error {
  const [first = new Error('Nothing failed.')] = faults
  const bug = faults.find((fault) => !(fault instanceof SetupError))
  if (bug || faults.length === 1) return bug ?? first
  const hint = 'Mend them in the config file.'
  const problems = faults.flatMap((fault) => {
    if (!(fault instanceof SetupError)) return []
    return fault.problems.length > 0 ? fault.problems : [`${fault.message} ${fault.hint}`]
  })
  return new SetupError('plugins_unready', 'Some plugins can not be set up.', hint, { problems })
}

/** Names that two plugins give, each as a sentence. */
export function clashes(
  kind: string,
  given: readonly Given[],
  namesOf: (contributions: Contributions) => readonly string[] | undefined,
): string[] {
  const owners = new Map<string, string>()
  return given.flatMap(({ plugin, contributions }) =>
    (namesOf(contributions) ?? []).flatMap((name) => {
      const owner = owners.get(name)
      owners.set(name, plugin)
      if (owner === undefined) return []
      return [`The ${kind} "${name}" is given twice, by "${owner}" and by "${plugin}"; rename one.`]
    }),
  )
}
