import type { ModelCapability } from './model-capability.ts'

type Capabilities = ReadonlySet<ModelCapability>

const set = (...names: readonly ModelCapability[]): Capabilities => new Set(names)

const NOTHING = set()
const TEXT = set('tools', 'structured_output')
const REASONING_TEXT = set('tools', 'structured_output', 'reasoning')
const SEEING = set('vision', 'files', 'tools', 'structured_output')
const SEEING_AND_REASONING = set('vision', 'files', 'tools', 'structured_output', 'reasoning')
const EVERYTHING = set('vision', 'audio', 'files', 'tools', 'structured_output', 'reasoning')

/**
 * What is certain of well-known families, by the name of the model: the first that fits counts.
 * A model is passed over for what it lacks, so whatever is doubtful, or differs from server to
 * server, is either granted here, or the family is left out.
 */
const FAMILIES: readonly (readonly [start: RegExp, capabilities: Capabilities])[] = [
  // https://platform.openai.com/docs/models
  [/^gpt-3\.5-turbo-instruct/, NOTHING],
  [/^gpt-3\.5-turbo/, set('tools')],
  [/^gpt-4-turbo/, set('vision', 'tools')],
  [/^gpt-4($|-0613|-0314|-32k)/, set('tools')],
  [/^gpt-4(o|\.1)/, SEEING],
  [/^gpt-5/, SEEING_AND_REASONING],
  [/^gpt-oss/, REASONING_TEXT],
  [/^o1-(mini|preview)/, set('reasoning')],
  [/^o3-mini/, REASONING_TEXT],
  [/^(o1|o3|o4-mini)($|-)/, SEEING_AND_REASONING],

  // https://docs.claude.com/en/docs/about-claude/models/overview
  [/^claude-(2|instant)/, NOTHING],
  [/^claude-3-/, SEEING],
  [/^claude-/, SEEING_AND_REASONING],

  // https://ai.google.dev/gemini-api/docs/models
  [/^gemini-(1\.5|2|3)/, EVERYTHING],

  // Families that read text only, wherever they run.
  [/^deepseek-(chat|coder|v2|v3)/, TEXT],
  [/^deepseek-(reasoner|r1)/, REASONING_TEXT],
  [/^(meta-)?llama-?3(\.[13])?[-_:]/, TEXT],
  [/^(open-)?(mixtral|mistral-7b|mistral-nemo|codestral)/, TEXT],
  [/^qwen-?2\.5-(coder-)?\d/, TEXT],
  [/^grok-3/, REASONING_TEXT],
  [/^command-r/, TEXT],
]

/** Special kinds in these families, of which each is a case of its own. */
const SPECIAL =
  /audio|realtime|search|transcribe|tts|image|embed|omni|live|native|vl\b|vision|chat-latest/

/** What the models of a family can, or undefined when that is not known; whoever publishes or runs it. */
export function familyCapabilities(model: string): Capabilities | undefined {
  const name = model.slice(model.lastIndexOf('/') + 1).toLowerCase()
  const bare = name.replace(
    /^(us\.|eu\.|apac\.|global\.)?(anthropic|meta|mistral|cohere|deepseek)\./,
    '',
  )
  const family = FAMILIES.find(([start]) => start.test(bare))
  return family && !SPECIAL.test(bare) ? family[1] : undefined
}
