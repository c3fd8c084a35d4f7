/** What stands in place of a secret. */
export const MASK = '[masked]'

/** How the keys of well-known services are written. */
const KEYS = [
  /sk-[\w-]{16,}/,
  /[prs]k_(?:live|test)_\w{16,}/,
  /A[KS]IA[0-9A-Z]{16}/,
  /AIza[\w-]{35}/,
  /ya29\.[\w-]{20,}/,
  /gh[opsur]_\w{30,}/,
  /github_pat_\w{30,}/,
  /glpat-[\w-]{20,}/,
  /xox[abeoprs]-[\w-]{10,}/,
  /(?:hf|gsk|npm)_\w{30,}/,
  /(?:pplx|xai)-\w{30,}/,
  // A JSON Web Token: the first two of its three parts begin with `{"` in base64.
  /eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]*/,
]

/**
 * Where a word begins: a key in the middle of one is none. JSON writes a new line as `\n`, so that a
 * word can begin after a letter, and begins at none that follows a backslash.
 */
const WORD_START = /(?<=[^A-Za-z0-9\\]|\\[bfnrt]|\\u[\dA-Fa-f]{4})/
const LONGEST_ESCAPE = 6

const KEY = new RegExp(`${WORD_START.source}(?:${KEYS.map(({ source }) => source).join('|')})`, 'g')

const SECRET_NAME =
  /api[-_]?key|access[-_]?key|secret|password|authorization|(?:access|auth|refresh)[-_]?token/
/** What stands between a name and its secret; an escape of JSON is one sign. */
const SIGNS = /(?:["'\s]|\\[^u]){0,4}[:=](?:["'\s]|\\[^u]){0,4}(?:basic\s)?/
/** What a name announces: `Bearer …`, `"api_key": "…"`, `password=…`. */
const ANNOUNCED = new RegExp(
  `(?<=(?i:bearer\\s{1,4}|(?:${SECRET_NAME.source})${SIGNS.source}))[\\w.~+/=-]{16,}`,
  'y',
)

/** A private key up to its end, or to the end of its text. */
const PRIVATE_KEY =
  /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----(?:[^-"\\]|\\.|-(?!----))*(?:-----END [A-Z ]{0,30}PRIVATE KEY-----)?/g
const PRIVATE_KEY_MARK = 'PRIVATE KEY-----'

/** No secret is shorter than this, written without a space. Few words of a language are as long. */
const SHORTEST_RUN = 16
/** A run as long as this is an image, a sound or a file, and nothing that somebody reads. */
const SHORTEST_FILE = 2048

/** The characters that secrets and base64 are written with. */
const IS_RUN = new Uint8Array(0x1_0000)
for (const letter of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~+/') {
  IS_RUN[letter.charCodeAt(0)] = 1
}

/**
 * JSON text without secrets: API keys, bearer tokens, JWTs, private keys. Files in base64 are
 * replaced by their length. All else stays as it is, and the JSON stays valid.
 *
 * Only the long runs of letters and digits are looked at closely, and most of the text between
 * them is skipped over: a regular expression alone would cost ten times as much.
 */
export function maskSecrets(json: string): string {
  const text = json.includes(PRIVATE_KEY_MARK) ? json.replace(PRIVATE_KEY, MASK) : json
  let masked = ''
  let copied = 0
  let start = nextRun(text, 0)
  while (start !== undefined) {
    const end = endOfRun(text, start + SHORTEST_RUN)
    for (const secret of secretsOf(text, start, end)) {
      masked += text.slice(copied, secret.from) + secret.mask
      copied = secret.to
    }
    start = nextRun(text, Math.max(end, copied))
  }
  return copied === 0 ? text : masked + text.slice(copied)
}

interface Secret {
  readonly from: number
  readonly to: number
  readonly mask: string
}

const NONE: readonly Secret[] = []

/** What of a run is to be masked. */
function secretsOf(text: string, start: number, end: number): readonly Secret[] {
  if (end - start >= SHORTEST_FILE) {
    const from = afterEscape(text, start)
    return [{ from, to: end, mask: `[${end - from} characters left out]` }]
  }
  ANNOUNCED.lastIndex = start
  if (ANNOUNCED.test(text)) return [{ from: start, to: ANNOUNCED.lastIndex, mask: MASK }]
  const from = Math.max(0, start - LONGEST_ESCAPE)
  const run = text.slice(from, end)
  if (run.search(KEY) === -1) return NONE
  return Array.from(run.matchAll(KEY), ({ index, 0: key }) => ({
    from: from + index,
    to: from + index + key.length,
    mask: MASK,
  }))
}

/** A run can begin with the letters of an escape, which are left to it. */
function afterEscape(text: string, start: number): number {
  if (text[start - 1] !== '\\') return start
  return text[start] === 'u' ? start + 5 : start + 1
}

/**
 * Where the next long run begins. What is looked at is where it would have to go on: where it does
 * not, no run begins before that, and most letters are never read (as in Horspool's search).
 */
function nextRun(text: string, from: number): number | undefined {
  let start = from
  let last = start + SHORTEST_RUN - 1
  while (last < text.length) {
    let at = last
    while (at >= start && IS_RUN[text.charCodeAt(at)] === 1) at--
    if (at < start) return start
    start = at + 1
    last = at + SHORTEST_RUN
  }
  return undefined
}

function endOfRun(text: string, from: number): number {
  let end = from
  while (IS_RUN[text.charCodeAt(end)] === 1) end++
  return end
}
