/** Secrets of the usual forms, made up and put together here, so that no scanner takes them for real. */
export const PLANTED_SECRETS: Readonly<Record<string, string>> = {
  'a key of OpenAI': `sk-${'proj-T3BlbkFJ0123456789abcdefghij'}`,
  'a key of Anthropic': `sk-${'ant-api03-abcdefghij_klmnopqrst-0123456789AA'}`,
  'a key of Stripe': `sk_${'live_51HabcdefghijKLMNOPQRST'}`,
  'an id of AWS': `AKIA${'IOSFODNN7EXAMPLE'}`,
  'a key of Google': `AIza${'SyA1234567890abcdefghijklmnopqrstuv'}`,
  'a token of GitHub': `ghp_${'abcdefghijklmnopqrstuvwxyz0123456789'}`,
  'a fine-grained token of GitHub': `github_pat_${'11ABCDEFG0abcdefghijkl_mnopqrstuvwxyz'}`,
  'a token of GitLab': `glpat-${'abcdefghij0123456789'}`,
  'a token of Slack': `xoxb-${'123456789012-abcdefghijkl'}`,
  'a token of Hugging Face': `hf_${'abcdefghijklmnopqrstuvwxyz01234567'}`,
  'a JSON Web Token': `eyJ${'hbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U'}`,
}
