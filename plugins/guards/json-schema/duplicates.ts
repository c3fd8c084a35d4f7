/** Whether two items are the same JSON, in time that grows with the text and not with its square. */
export function hasDuplicates(items: readonly unknown[]): boolean {
  return new Set(items.map(canonical)).size < items.length
}

function canonical(item: unknown): string {
  return JSON.stringify(item, (_name, value: unknown) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
    return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
  })
}
