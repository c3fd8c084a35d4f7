import { toPhrase, type Phrase } from './phrases.ts'

/** A turn of phrase that injections use. */
export interface Signal {
  /** What sort of attack it speaks for. */
  readonly label: string
  /** From 0 to 1: how much one such phrase alone says. */
  readonly weight: number
  /** Read on normalised text: small letters, single spaces. Gaps are bounded, so time is linear. */
  readonly phrases: readonly Phrase[]
  /** The source of what is no phrase, and is looked for everywhere. */
  readonly elsewhere: string | undefined
}

const GAP = "(?:[\\w']{1,15}[ ,]{1,2}){0,5}?"
const OVERRIDE = '(?:ignore|disregard|forget|override|bypass|neglect|overrule|discard)'
const RULES =
  '(?:instructions?|prompts?|rules?|guidelines?|directives?|commands?|orders?|policy|policies|training|programming|guardrails?|restrictions?|constraints?)'
const TELL =
  '(?:reveal|show|print|repeat|output|display|tell|give|write|recite|leak|dump|expose|share|send|summari[sz]e|translate|encode|what (?:is|are|was|were))'
const PROMPT =
  '(?:(?:your|system|initial|original|hidden|secret|internal|developer) ){1,3}(?:prompts?|instructions?|messages?|rules|directives|guidelines)|(?:previous|above) (?:prompts?|instructions)'
const PROMPT_ABROAD =
  '(?:system-?prompt|systemanweisung|prompt (?:du|del|di|do) (?:système|system|sistema))'

function signal(label: string, weight: number, ...sources: readonly string[]): Signal {
  const elsewhere = sources.filter((source) => !toPhrase(source))
  return {
    label,
    weight,
    phrases: sources.flatMap((source) => toPhrase(source) ?? []),
    elsewhere: elsewhere.length > 0 ? elsewhere.join('|') : undefined,
  }
}

/** What the guard looks for. One strong phrase reaches the usual threshold of 0.7; weak ones add up. */
export const SIGNALS: readonly Signal[] = [
  signal(
    'INSTRUCTION_OVERRIDE',
    0.85,
    `\\b${OVERRIDE} ${GAP}(?:previous|prior|above|earlier|preceding|foregoing|existing|system|initial|original) ${GAP}${RULES}\\b`,
    `\\b${OVERRIDE} (?:all |any |everything )?(?:of )?(?:your|these|those|the) (?:[\\w']{1,15} ){0,2}?${RULES}\\b`,
    `\\b${OVERRIDE} (?:everything|anything|all|what) (?:\\w{1,10} ){0,4}?(?:above|before|told|said|previously|learned)\\b`,
    "\\b(?:do not|don't|stop) (?:follow|obey|listen to|comply with)(?:ing)? (?:\\w{1,12} ){0,4}?(?:instructions|rules|guidelines|prompt)\\b",
  ),
  signal(
    'INSTRUCTION_OVERRIDE',
    0.85,
    '\\bignor(?:iere?|e[zs]?|a|e) (?:\\S{1,15} ){0,4}(?:anweisungen|instruktionen|regeln|vorgaben|instructions|consignes|règles|instrucciones|reglas|istruzioni|regole|instruções|regras)',
    '\\b(?:vergiss|oublie[zs]?|olvida|dimentica|esqueça|negeer|vergeet|zignoruj|glöm) (?:\\S{1,15} ){0,4}(?:anweisungen|regeln|instructions|consignes|instrucciones|reglas|istruzioni|regole|instruções|regras|instructies|regels|instrukcje|polecenia|instruktioner)',
    '(?:игнорируй|забудь)(?:те)? (?:\\S{1,20} ){0,4}(?:инструкц|указани|правил)',
    '(?:忽略|无视|忘记|忽視|無視)[^。]{0,12}(?:指令|指示|规则|提示|說明|说明)',
    '(?:以前|上記|これまで|前)の(?:すべての)?(?:指示|命令|ルール)[^。]{0,6}(?:無視|忘れ)',
    '(?:이전|위의|앞의)[^.]{0,8}(?:지시|명령|규칙)[^.]{0,6}(?:무시|잊)',
  ),
  signal(
    'PROMPT_LEAK',
    0.75,
    `\\b${TELL} ${GAP}(?:${PROMPT})\\b`,
    '\\b(?:repeat|print|output|copy) (?:\\w{1,12} ){0,4}?(?:above|verbatim|word for word)\\b',
    '\\bwhat (?:were|are) you (?:told|instructed|programmed) (?:to|not)\\b',
    '\\bwhat (?:were|was) you told\\b',
    `\\b${PROMPT_ABROAD}(?<=(?:zeige?|nenne?|verrate?|montre|affiche|muestra|revela|mostra|rivela) (?:\\S{1,15} ){0,4}${PROMPT_ABROAD})`,
    '系统提示词?|システムプロンプト',
  ),
  signal(
    'ROLE_PLAY_JAILBREAK',
    0.8,
    '\\b(?:do anything now|dan mode|developer mode (?:enabled|activated|on)|jailbr(?:eak|oken)|god mode|sudo mode|unrestricted (?:ai|mode|model)|evil (?:mode|twin|confidant)|stan mode|aim mode)\\b',
    '\\b(?:you are|act|behave|respond|answer|pretend|simulate|imagine) (?:\\w{1,12} ){0,6}?(?:without|free (?:of|from)|no|not bound by) (?:\\w{1,12} ){0,3}?(?:restrictions?|limits?|limitations?|filters?|rules|guidelines|ethics|ethical|morals?|censorship|safety)\\b',
    '\\byou (?:have|are) (?:been )?(?:freed|liberated|unshackled|no longer (?:bound|restricted|an ai))\\b',
    '\\b(?:bypass|disable|turn off|deactivate|remove|switch off) (?:\\w{1,12} ){0,3}?(?:safety|content|moderation|ethical|security) (?:\\w{1,12} ){0,2}?(?:filters?|guidelines?|measures|protocols?|mode|policies)\\b',
  ),
  signal(
    'ROLE_PLAY',
    0.4,
    '\\b(?:from now on|starting now|henceforth)[, ]{1,2}(?:\\w{1,12} ){0,3}(?:you|act|respond|answer|your)\\b',
    '\\byou are (?:now|no longer) ',
    "\\b(?:pretend|imagine|act as if|suppose) (?:that )?you(?:'re| are| have| can)\\b",
    '\\b(?:your new|a new) (?:role|persona|identity|instructions?|task|system prompt)\\b',
    '\\b(?:new|updated|revised|real|actual) (?:instructions?|directives?|system prompt)\\s?:',
    '\\bstay in character\\b',
  ),
  signal(
    'CHAT_TEMPLATE',
    0.75,
    '<\\|(?:im_start|im_end|system|user|assistant|endoftext|end_of_turn|start_header_id|eot_id|begin_of_text)\\|>',
    '#{2} ?system ?(?:message|prompt)?:',
    '\\[/?inst\\]|<</?sys>>|<(?:start|end)_of_turn>',
  ),
  signal(
    'ROLE_MARKER',
    0.5,
    '</?(?:system|system[_-]prompt|admin|developer)>',
    '\\[(?:system|admin|developer)(?: message| prompt| override)?\\]',
    '## ?(?:new instructions?|system prompt)\\b',
    '\\b(?:system|assistant|developer)(?<=(?:^|[.!?>*"] )[a-z]{6,9})(?: message| prompt| override)?: ',
    '\\b(?:end|begin) (?:of )?(?:the )?(?:system |user )?(?:prompt|instructions|input)\\b',
  ),
  signal(
    'AUTHORITY',
    0.3,
    "\\b(?:i am|i'm|this is) (?:\\w{1,12} ){0,2}?(?:your (?:developer|creator|administrator)|an? (?:openai|anthropic|google) (?:engineer|employee|developer)|the (?:developer|administrator))\\b",
    '\\b(?:admin|administrator|developer|system|security) override\\b',
    '\\b(?:authorization|authorisation|override) code\\b',
    '\\bfor (?:testing|debugging|research|educational) purposes\\b',
    '\\bthis is (?:only )?a (?:test|simulation|hypothetical)\\b',
  ),
  signal(
    'HIDDEN_ORDER',
    0.55,
    "\\b(?:do not|don't|never|without) (?:tell|telling|mention|mentioning|inform|informing|reveal|revealing|notify|notifying|alert|alerting) (?:\\w{1,12} ){0,3}?(?:user|human|anyone)\\b",
    '\\b(?:send|post|forward|upload|exfiltrate|transmit) (?:\\w{1,12} ){0,6}?(?:to|at) https?:',
    '!\\[[^\\]\\[]{0,80}\\]\\(https?:[^)(]{0,300}[?&][^)(=]{1,30}=[{<\\[$]',
    '\\b(?:important|attention|note|message|instructions?)(?: \\w{1,10}){0,2} (?:to|for) (?:the |any |all )?(?:ai|llm|language model|assistant|chatbot|agent)s?\\b',
    '\\bif you are an? (?:ai|llm|language model|assistant)\\b',
    '\\b(?:ai |ais |llms? |assistants? |agents? )(?:must|should|shall) (?:now |immediately |always )?(?:call|execute|run|send|delete|ignore|forward|reply|respond)\\b',
  ),
]
