const ASCII = 128

/**
 * The runs of at least so many characters of one sort. Every such run holds one of every `least`
 * characters of the text, so it is enough to look at those.
 */
export function longRuns(text: string, sort: RegExp, least: number): string[] {
  const isInRun = tableOf(sort)
  const runs: string[] = []
  for (let probe = least - 1; probe < text.length; probe += least) {
    if (isInRun[text.charCodeAt(probe)] !== 1) continue
    let start = probe
    while (start > 0 && isInRun[text.charCodeAt(start - 1)] === 1) start--
    let end = probe + 1
    while (end < text.length && isInRun[text.charCodeAt(end)] === 1) end++
    if (end - start >= least) runs.push(text.slice(start, end))
    if (end > probe + least) probe = end - 1
  }
  return runs
}

const tables = new WeakMap<RegExp, Uint8Array>()

function tableOf(sort: RegExp): Uint8Array {
  const known = tables.get(sort)
  if (known) return known
  const table = Uint8Array.from({ length: ASCII }, (_, code) =>
    sort.test(String.fromCharCode(code)) ? 1 : 0,
  )
  tables.set(sort, table)
  return table
}
