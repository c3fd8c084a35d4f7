/** Something large that is made when it is first needed, and once. */
export interface WhenNeeded<T> {
  /** Makes it, unless it is made already. A making that failed is tried again the next time. */
  readonly get: () => Promise<T>
  /** Undefined when nobody has needed it: then there is nothing to stop. */
  readonly made: () => Promise<T> | undefined
}

/** Puts off what a gateway may never need: the MCP libraries are large, and slow to load. */
export function whenNeeded<T>(make: () => Promise<T>): WhenNeeded<T> {
  let made: Promise<T> | undefined
  return {
    get: () =>
      (made ??= make().catch((fault: unknown) => {
        made = undefined
        throw fault
      })),
    made: () => made,
  }
}
