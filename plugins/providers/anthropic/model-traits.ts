/** What a model accepts. The API refuses the rest with a 400, so it is left out or done otherwise. */
export interface ModelTraits {
  /** In tokens: what is sent as `max_tokens`, which the API requires, when the caller sets none. */
  readonly defaultMaxTokens: number
  /** Takes `temperature`, `top_p` and `top_k`. */
  readonly hasSampling: boolean
  /** Takes `output_config.format` and strict tools. */
  readonly hasStructuredOutput: boolean
  /** Takes a `tool_choice` that makes it call a tool. */
  readonly hasForcedTools: boolean
  /** Takes `system` messages between the others. */
  readonly hasSystemTurns: boolean
  /** Thinks within a budget of tokens, or as much as it finds right, steered by an effort. */
  readonly thinking: 'budget' | 'adaptive'
  /** Knows the effort `xhigh`. */
  readonly hasExtraHighEffort: boolean
  /** What comes nearest to no thinking at all. */
  readonly leastThinking: 'disabled' | 'between_tools' | 'low_effort'
}

const LEGACY: ModelTraits = {
  defaultMaxTokens: 4096,
  hasSampling: true,
  hasStructuredOutput: false,
  hasForcedTools: true,
  hasSystemTurns: false,
  thinking: 'budget',
  hasExtraHighEffort: false,
  leastThinking: 'disabled',
}
const CLAUDE_4_5: ModelTraits = { ...LEGACY, defaultMaxTokens: 64_000, hasStructuredOutput: true }
const CLAUDE_4_6: ModelTraits = { ...CLAUDE_4_5, defaultMaxTokens: 128_000, thinking: 'adaptive' }
const CLAUDE_4_7: ModelTraits = { ...CLAUDE_4_6, hasSampling: false, hasExtraHighEffort: true }
const CLAUDE_4_8: ModelTraits = { ...CLAUDE_4_7, hasSystemTurns: true }
const ALWAYS_THINKING: ModelTraits = { ...CLAUDE_4_8, leastThinking: 'low_effort' }
const NEWEST: ModelTraits = { ...ALWAYS_THINKING, hasForcedTools: false }

/** The first that matches counts. A Claude that nobody knows yet is taken for one of the strictest. */
const RULES: readonly (readonly [name: RegExp, traits: ModelTraits])[] = [
  [/claude-sonnet-5-5/, { ...NEWEST, leastThinking: 'between_tools' }],
  [/claude-haiku-5-5/, CLAUDE_4_8],
  [/claude-[a-z]+-5-\d(?!\d)/, NEWEST],
  [/claude-(fable|mythos)/, ALWAYS_THINKING],
  [/claude-opus-(5|4-8)/, CLAUDE_4_8],
  [/claude-(sonnet-5|opus-4-7)/, CLAUDE_4_7],
  [/claude-(opus|sonnet)-4-6/, CLAUDE_4_6],
  [/claude-(opus|sonnet|haiku)-4-5/, CLAUDE_4_5],
  [/claude-(opus|sonnet|haiku)-4|claude-(instant|v?[123])/, { ...LEGACY, defaultMaxTokens: 8192 }],
  [/claude/, NEWEST],
]

/**
 * The traits of a model by its name, in any of the usual spellings (`claude-opus-4.6` too). Other
 * makers' models behind an address that speaks Anthropic's form get the oldest and widest ones.
 * Source: https://platform.claude.com/docs/en/about-claude/models/overview and the migration
 * guides there.
 */
export function traitsOf(model: string): ModelTraits {
  const name = model.toLowerCase().replaceAll('.', '-')
  return RULES.find(([pattern]) => pattern.test(name))?.[1] ?? LEGACY
}
