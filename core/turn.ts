/**
 * The steps of a turn of the event loop, once all that arrived in it was read. What is nearly done
 * comes first: answers are taken in, written down and sent before requests are begun, so that clients
 * have asked anew by the time the loop looks again.
 */
const STEPS = ['answers', 'records', 'requests'] as const
type TurnStep = (typeof STEPS)[number]

const planned: Partial<Record<TurnStep, Promise<void> | undefined>> = {}

/**
 * Resolves when this step comes, for all that wait for it together. They then go on side by side: the
 * processor runs each piece of code many times over, instead of loading all of it anew for each request.
 */
export function turnFor(step: TurnStep): Promise<void> {
  if (!planned[step]) for (const each of STEPS) planned[each] ??= plan(each)
  return planned[step]!
}

function plan(step: TurnStep): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(() => {
      planned[step] = undefined
      resolve()
    })
  })
}
