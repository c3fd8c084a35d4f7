/** An address as it stands in a text. */
export interface FoundUrl {
  readonly start: number
  readonly end: number
  /** As one would have to write it in full. */
  readonly address: string
}

const REST = '[^\\s<>"\'`(){}|^]{1,2048}'
/** What stands before an `@` may hold what else ends an address, to hide where it leads. */
const USER_INFO = '(?:[^\\s<>"`/?#\\\\@]{0,256}@)?'
const WITH_SCHEME = `[a-z][a-z0-9+.-]{1,20}:(?:[\\\\/]{2,8}${USER_INFO}(?:\\[[\\da-f:.%]{2,60}\\])?${REST})`
/** Browsers read these without slashes too. */
const WITHOUT_SLASHES = `(?:https?|ftp|wss?):[\\\\/]?[^\\s\\\\/<>"'\`(){}|^\\]][^\\s<>"'\`(){}|^\\]]{3,2047}|(?:javascript|vbscript|data|mailto|blob|file|tel|sms):${REST}`
/** The host of the page that is shown, or no host at all: only where Markdown or HTML says it is one. */
const WITHOUT_SCHEME = `(?<=\\]\\(\\s?|\\b(?:href|src)\\s?=\\s?["']?|<)[\\\\/]{2}${REST}`
const LABEL = '[a-z0-9\\u00a1-\\uffdc-]{1,63}'
/** Bare domains end in one of these, so that `node.js` and `e.g.` are none. */
const TOP_LEVEL =
  'com|org|net|edu|gov|mil|int|info|biz|io|ai|app|dev|co|me|tv|cc|xyz|top|site|online|store|shop|tech|club|link|click|live|news|cloud|page|web|blog|zip|mov|' +
  'de|at|ch|fr|it|es|pt|nl|be|lu|uk|ie|dk|se|no|fi|pl|cz|sk|hu|ro|bg|gr|hr|si|ee|lv|lt|eu|us|ca|mx|br|ar|cl|au|nz|jp|cn|kr|tw|hk|sg|my|th|vn|ph|id|in|pk|ir|tr|ru|ua|by|kz|il|ae|sa|eg|za|ng|ke|tk|ml|ga|cf|gq|ws|xn--[a-z0-9-]{2,59}'
const BARE = `(?:www\\.${LABEL}(?:\\.${LABEL}){1,8}|(?:${LABEL}\\.){1,8}(?:${TOP_LEVEL}))(?![\\w@-])(?::\\d{1,5})?(?:[/?#]${REST})?`

const ADDRESS = new RegExp(
  `(?<![\\w@.-])(?:${WITH_SCHEME}|${WITHOUT_SLASHES})|${WITHOUT_SCHEME}`,
  'gi',
)
const ADDRESS_OR_DOMAIN = new RegExp(
  `(?<![\\w@.\\u00a1-\\uffdc-])(?:${WITH_SCHEME}|${WITHOUT_SLASHES}|${BARE})|${WITHOUT_SCHEME}`,
  'gi',
)
const HAS_SCHEME = /^[a-z][a-z0-9+.-]*:(?!\d)/i
const ONLY_HOST = /^[a-z][a-z0-9+.-]*:[\\/]{2,}[^\\/?#]*[^\\/?#\]]$/i
const TRAILING = new Set('.,;:!?*_~]\'"')

/** All addresses of a text: with a scheme, in links and images of Markdown, and bare domains. */
export function findUrls(text: string, hasBareDomains: boolean): FoundUrl[] {
  if (!text.includes('.') && !text.includes(':')) return []
  const found: FoundUrl[] = []
  for (const { 0: whole, index } of text.matchAll(hasBareDomains ? ADDRESS_OR_DOMAIN : ADDRESS)) {
    const written = withoutTrailing(whole)
    // A host that goes on behind a bracket is no host that could be on a list.
    const isOpen = ONLY_HOST.test(whole) && /[({|^]/.test(text.charAt(index + whole.length))
    const address = inFull(written) + (isOpen ? '(' : '')
    found.push({ start: index, end: index + written.length, address })
  }
  return found
}

function inFull(written: string): string {
  if (HAS_SCHEME.test(written)) return written
  return /^[\\/]/.test(written) ? `https:${written}` : `https://${written}`
}

/** What ends a sentence is not of the address. */
function withoutTrailing(written: string): string {
  let end = written.length
  while (end > 0 && TRAILING.has(written.charAt(end - 1))) {
    if (written[end - 1] === ']' && written.slice(0, end).includes('[')) break
    end--
  }
  return written.slice(0, end)
}
