/** The name of a virtual model as a request writes it. */
export interface Reference {
  readonly name: string
  /** Undefined for the one that was published last. */
  readonly version: number | undefined
}

/** As LangDB's clients write them, there and behind a proxy that wants to know the kind of provider. */
const PREFIXES = ['langdb/', 'openai/langdb/']

/**
 * What a name may mean, the likeliest first: `support`, `support@3` or `support@latest`, each maybe
 * with a prefix of LangDB's before it.
 */
export function readReferences(written: string): readonly Reference[] {
  // Every request asks, and nearly none writes more than a name.
  if (!written.includes('@') && !written.includes('langdb/')) {
    return [{ name: written, version: undefined }]
  }
  const prefix = PREFIXES.find((candidate) => written.startsWith(candidate))
  const names = prefix === undefined ? [written] : [written, written.slice(prefix.length)]
  return names.flatMap(readReference)
}

function readReference(written: string): readonly Reference[] {
  const at = written.lastIndexOf('@')
  if (at === -1) return [{ name: written, version: undefined }]
  const name = written.slice(0, at)
  const version = written.slice(at + 1)
  if (version === 'latest') return [{ name, version: undefined }]
  return /^[1-9]\d{0,8}$/.test(version) ? [{ name, version: Number(version) }] : []
}

/** As it is written without a prefix: `support`, `support@3`. */
export function writeReference({ name, version }: Reference): string {
  return version === undefined ? name : `${name}@${version}`
}
