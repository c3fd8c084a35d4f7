const ALIASES: Readonly<Record<string, string>> = {
  js: 'javascript',
  mjs: 'javascript',
  jsx: 'javascript',
  node: 'javascript',
  ts: 'typescript',
  tsx: 'typescript',
  py: 'python',
  python3: 'python',
  sh: 'shell',
  bash: 'shell',
  zsh: 'shell',
  console: 'shell',
  'shell-session': 'shell',
  ps1: 'powershell',
  pwsh: 'powershell',
  'c++': 'cpp',
  cc: 'cpp',
  'c#': 'csharp',
  cs: 'csharp',
  rb: 'ruby',
  rs: 'rust',
  golang: 'go',
  kt: 'kotlin',
  yml: 'yaml',
  htm: 'html',
  postgresql: 'sql',
  mysql: 'sql',
  sqlite: 'sql',
}

/** The one name of a language: `py` and `Python` are `python`. */
export function canonicalLanguage(name: string): string {
  const lower = name.toLowerCase()
  return ALIASES[lower] ?? lower
}

/** The language that stands behind a fence: ```` ```ts title="a" ````. */
export function languageOf(info: string): string | undefined {
  const name = /^[ {.]{0,5}([\w+#-]{1,30})/.exec(info)?.[1]
  return name === undefined ? undefined : canonicalLanguage(name)
}

/** A line that hardly any other language has. Told in the order of how sure it is. */
const SIGNS: readonly (readonly [string, RegExp])[] = [
  [
    'shell',
    /^#!\/(?:usr\/)?bin\/(?:env )?(?:ba|z|da)?sh|^\$ \w|^(?:sudo|apt|apt-get|cd|curl|export|chmod|echo|docker|npm|git) \S/m,
  ],
  [
    'python',
    /^#!.{0,40}python|^\s{0,20}(?:def \w{1,60}\(|from [\w.]{1,60} import |import [\w.]{1,60}$|class \w{1,60}[(:]|elif |print\()/m,
  ],
  [
    'sql',
    /\b(?:select\s[^;]{1,400}\sfrom|insert\s{1,4}into|update\s{1,4}\w{1,60}\s{1,4}set|delete\s{1,4}from|create\s{1,4}table|drop\s{1,4}table)\b/i,
  ],
  ['php', /<\?php/],
  ['html', /<!doctype html|<\/(?:html|div|body|script|p|span|a)>/i],
  ['go', /^package \w{1,60}$|^func (?:\(\w|\w)/m],
  ['rust', /\bfn \w{1,60}\(.{0,200}\)|\blet mut |\bimpl\b.{0,60}\{|println!\(/],
  ['java', /\bpublic (?:static |final )?(?:class|void|interface)\b|System\.out\./],
  ['cpp', /#include <(?:iostream|vector|string)>|std::/],
  ['c', /#include [<"]\w{1,40}\.h[>"]/],
  ['typescript', /\b(?:interface \w{1,60} \{|: (?:string|number|boolean)\b|import type )/],
  [
    'javascript',
    /\b(?:const|let|var) \w{1,60} = |=> [{(]|\bfunction \w{0,60}\(|console\.log\(|require\(/,
  ],
  ['css', /^[.#]?[\w-]{1,60} \{\s{0,20}[\w-]{1,40}:/m],
  ['json', /^\s{0,20}[[{]\s{0,20}"/],
  ['yaml', /^[\w-]{1,60}:(?: \S|$)/m],
]
const LONGEST_SAMPLE = 4000

/** What the code itself looks like; `unknown` when nothing speaks for a language. */
export function guessLanguage(code: string): string {
  const sample = code.slice(0, LONGEST_SAMPLE)
  if (sample.trim() === '') return 'unknown'
  return SIGNS.find(([, sign]) => sign.test(sample))?.[0] ?? 'unknown'
}
