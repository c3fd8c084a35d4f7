let rest: Promise<void> | undefined

/**
 * Resolves when all that has arrived in this turn of the event loop was read. What is then worked on
 * goes step by step with all that arrived: the processor runs each step many times over, instead of
 * loading the code of all steps anew for each of them.
 */
export function restOfTurn(): Promise<void> {
  rest ??= new Promise((resolve) => {
    setImmediate(() => {
      rest = undefined
      resolve()
    })
  })
  return rest
}
