/** A kind of key or token that can be told by its form. */
export interface SecretFormat {
  readonly label: string
  /** What every one of them begins with; found by plain search. */
  readonly prefix: string
  /** Sticky, from the prefix on, without nested repetition. */
  readonly pattern: RegExp
}

const END = '(?![\\w-])'

function format(label: string, prefix: string, rest: string): SecretFormat {
  return { label, prefix, pattern: new RegExp(RegExp.escape(prefix) + rest + END, 'y') }
}

/**
 * Keys and tokens with a prefix of their own, after what their makers document and the public rules
 * of secret scanners (https://docs.github.com/code-security/secret-scanning/introduction/supported-secret-scanning-patterns).
 */
export const SECRET_FORMATS: readonly SecretFormat[] = [
  format('ANTHROPIC_KEY', 'sk-ant-', '[\\w-]{20,300}'),
  format('OPENAI_KEY', 'sk-', '(?:proj|svcacct|admin|None)-[\\w-]{20,300}'),
  format('OPENAI_KEY', 'sk-', '[A-Za-z0-9]{20,100}'),
  format('OPENROUTER_KEY', 'sk-or-v1-', '[0-9a-f]{40,80}'),
  format('LANGFUSE_KEY', 'sk-lf-', '[0-9a-f-]{30,50}'),
  format('GATEWAY_KEY', 'sk-prod-', '[0-9a-f]{40,80}'),
  format('GROQ_KEY', 'gsk_', '[A-Za-z0-9]{40,80}'),
  format('XAI_KEY', 'xai-', '[A-Za-z0-9]{60,100}'),
  format('PERPLEXITY_KEY', 'pplx-', '[A-Za-z0-9]{40,80}'),
  format('HUGGING_FACE_TOKEN', 'hf_', '[A-Za-z0-9]{30,50}'),
  format('REPLICATE_TOKEN', 'r8_', '[A-Za-z0-9]{36,44}'),
  format('AWS_ACCESS_KEY', 'AKIA', '[A-Z2-7]{16}'),
  format('AWS_ACCESS_KEY', 'ASIA', '[A-Z2-7]{16}'),
  format('GOOGLE_API_KEY', 'AIza', '[\\w-]{35}'),
  format('GOOGLE_OAUTH_TOKEN', 'ya29.', '[\\w-]{20,500}'),
  format('GOOGLE_CLIENT_SECRET', 'GOCSPX-', '[\\w-]{28}'),
  format('AZURE_STORAGE_KEY', 'AccountKey=', '[A-Za-z0-9+/]{86}=='),
  format('GITHUB_TOKEN', 'ghp_', '[A-Za-z0-9]{36,255}'),
  format('GITHUB_TOKEN', 'gho_', '[A-Za-z0-9]{36,255}'),
  format('GITHUB_TOKEN', 'ghu_', '[A-Za-z0-9]{36,255}'),
  format('GITHUB_TOKEN', 'ghs_', '[A-Za-z0-9]{36,255}'),
  format('GITHUB_TOKEN', 'ghr_', '[A-Za-z0-9]{36,255}'),
  format('GITHUB_TOKEN', 'github_pat_', '\\w{22,255}'),
  format('GITLAB_TOKEN', 'glpat-', '[\\w.-]{20,300}'),
  format('GITLAB_TOKEN', 'glrt-', '[\\w-]{20,300}'),
  format('GITLAB_TOKEN', 'gldt-', '[\\w-]{20,300}'),
  format('SLACK_TOKEN', 'xox', '[abeoprs]-[A-Za-z0-9-]{10,250}'),
  format('SLACK_TOKEN', 'xapp-', '[A-Za-z0-9-]{20,250}'),
  format('SLACK_WEBHOOK', 'hooks.slack.com/services/', 'T\\w{5,15}/B\\w{5,15}/\\w{15,40}'),
  format('STRIPE_KEY', 'sk_live_', '[A-Za-z0-9]{16,250}'),
  format('STRIPE_KEY', 'sk_test_', '[A-Za-z0-9]{16,250}'),
  format('STRIPE_KEY', 'rk_live_', '[A-Za-z0-9]{16,250}'),
  format('STRIPE_KEY', 'rk_test_', '[A-Za-z0-9]{16,250}'),
  format('STRIPE_WEBHOOK_SECRET', 'whsec_', '[A-Za-z0-9+/]{24,100}={0,2}'),
  format('TWILIO_KEY', 'SK', '[0-9a-f]{32}'),
  format('SENDGRID_KEY', 'SG.', '[\\w-]{16,32}\\.[\\w-]{16,64}'),
  format('MAILGUN_KEY', 'key-', '[0-9a-f]{32}'),
  format('NPM_TOKEN', 'npm_', '[A-Za-z0-9]{36}'),
  format('PYPI_TOKEN', 'pypi-', '[\\w-]{50,300}'),
  format('DATABRICKS_TOKEN', 'dapi', '[0-9a-f]{32}(?:-\\d)?'),
  format('DIGITALOCEAN_TOKEN', 'dop_v1_', '[0-9a-f]{64}'),
  format('SHOPIFY_TOKEN', 'shpat_', '[0-9a-fA-F]{32}'),
  format('LINEAR_KEY', 'lin_api_', '[A-Za-z0-9]{40}'),
  format('NOTION_TOKEN', 'ntn_', '[A-Za-z0-9]{40,60}'),
  format('VAULT_TOKEN', 'hvs.', '[\\w-]{20,300}'),
  format('SUPABASE_TOKEN', 'sbp_', '[0-9a-f]{40}'),
  format('JWT', 'eyJ', '[\\w-]{8,8000}\\.eyJ[\\w-]{8,8000}(?:\\.[\\w-]{0,2000})?'),
]
