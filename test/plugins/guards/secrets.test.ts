import fastCheck from 'fast-check'
import { describe, expect, it } from 'vitest'

import { secrets } from '#plugins/guards/secrets'

import { startGuarded } from './guarded.ts'
import { createLocalCheck, findings } from './local-check.ts'

const check = createLocalCheck(secrets, {})
// Put together here, so that no scanner takes the examples for secrets of this repository.
const RANDOM = 'aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5bC7d'
const HEX = '0123456789abcdef0123456789abcdef'
const of = (prefix: string, rest = RANDOM): string => prefix + rest

describe('secrets', () => {
  it.each([
    ['OPENAI_KEY', of('sk-proj-')],
    ['OPENAI_KEY', of('sk-')],
    ['ANTHROPIC_KEY', of('sk-ant-api03-')],
    ['OPENROUTER_KEY', of('sk-or-v1-', HEX + HEX)],
    ['GATEWAY_KEY', of('sk-prod-', HEX + HEX)],
    ['GROQ_KEY', of('gsk_', `${RANDOM}AbCdEfGhIj12`)],
    ['HUGGING_FACE_TOKEN', of('hf_', RANDOM.slice(0, 34))],
    ['AWS_ACCESS_KEY', of('AKIA', 'IOSFODNN7EXAMPLE'.replaceAll(/[018]/g, 'Q'))],
    ['GOOGLE_API_KEY', of('AIza', RANDOM.slice(0, 35))],
    ['AZURE_STORAGE_KEY', of('AccountKey=', `${RANDOM}${RANDOM}abcdef==`)],
    ['GITHUB_TOKEN', of('ghp_', RANDOM.slice(0, 36))],
    ['GITHUB_TOKEN', of('github_pat_', `${RANDOM.slice(0, 22)}_${RANDOM}`)],
    ['GITLAB_TOKEN', of('glpat-', RANDOM.slice(0, 20))],
    ['SLACK_TOKEN', of('xoxb-', '123456789012-abcdefghij')],
    [
      'SLACK_WEBHOOK',
      of('hooks.slack.com/services/', `T01234567/B01234567/${RANDOM.slice(0, 24)}`),
    ],
    ['STRIPE_KEY', of('sk_live_', RANDOM.slice(0, 24))],
    ['TWILIO_KEY', of('SK', HEX)],
    ['SENDGRID_KEY', of('SG.', `${RANDOM.slice(0, 22)}.${RANDOM}abc`)],
    ['NPM_TOKEN', of('npm_', RANDOM.slice(0, 36))],
    ['PYPI_TOKEN', of('pypi-AgE', RANDOM + RANDOM)],
    ['JWT', `${of('eyJhbGciOi', 'JIUzI1NiJ9')}.eyJzdWIiOiIxMjM0NTY3ODkwIn0.${RANDOM}`],
  ])('finds %s', (label, secret) => {
    expect(findings(check, `use ${secret} here`)).toEqual([`${label} ${secret}`])
    expect(findings(check, `{"a":"${secret}"}`)).toEqual([`${label} ${secret}`])
  })

  it.each([
    ['PASSWORD', 'password=', 'hunter2!'],
    ['PASSWORD', '"password": "', 'Tr0ub4dor&3'],
    ['PASSWORD', 'my password is ', 'Tr0ub4dor'],
    ['SECRET', 'API_KEY="', RANDOM.slice(0, 20)],
    ['SECRET', 'aws_secret_access_key = ', RANDOM],
    ['SECRET', 'client_secret: ', RANDOM],
    ['BEARER_TOKEN', 'curl -H "Authorization: Bearer ', RANDOM],
    ['URL_PASSWORD', 'postgres://me:', 's3cret'],
  ])('finds %s after %s', (label, before, value) => {
    const text = `${before}${value}${label === 'URL_PASSWORD' ? '@db:5432/x' : ''}`
    expect(findings(check, text)).toEqual([`${label} ${value}`])
  })

  it.each([
    `${of('-----BEGIN RSA PRIV', 'ATE KEY-----')}\nMIIEow==\n${of('-----END RSA PRIV', 'ATE KEY-----')}`,
    `${of('-----BEGIN PGP PRIV', 'ATE KEY BLOCK-----')}\nabc\n${of('-----END PGP PRIV', 'ATE KEY BLOCK-----')}`,
    `${of('-----BEGIN PRIV', 'ATE KEY-----')}\\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC`,
  ])('finds a private key to its end, or as far as it goes', (key) => {
    expect(findings(check, `here:\n${key}`)).toEqual([`PRIVATE_KEY ${key}`])
  })

  it.each([
    'password: ********',
    'password = process.env.PASSWORD',
    'password is required',
    'Forgot your password? Reset it',
    'token: string',
    'the secret is to stir slowly',
    'api_key=$API_KEY',
    'api_key: <your-api-key>',
    'tokens: 1234',
    'max_tokens=1000000000000000000',
    'password=password',
    'sk-learn-is-a-library',
    'task-force',
    'git commit 4b825dc642cb6eb9a060e54bf8d69288fbee4904',
    'secret: 550e8400-e29b-41d4-a716-446655440000',
    'https://example.com:8080/a@b',
  ])('finds nothing in %s', (text) => {
    expect(findings(check, text)).toEqual([])
  })

  it('asks values that only their name gives away to be as random as it is told', () => {
    const text = `token=${'ab12'.repeat(6)}`
    expect(findings(check, text)).toEqual([])
    expect(findings(createLocalCheck(secrets, { entropy_threshold: 2 }), text)).toHaveLength(1)
  })

  it('finds a key wherever it stands', () => {
    const key = of('ghp_', RANDOM.slice(0, 36))
    const around = fastCheck.string({
      unit: fastCheck.constantFrom('a', ' ', '😀', '\ud83d', '=', '.'),
    })
    fastCheck.assert(
      fastCheck.property(around, around, (before, after) => {
        expect(findings(check, `${before} ${key} ${after}`)).toContain(`GITHUB_TOKEN ${key}`)
      }),
    )
  })

  it('blocks a request without quoting the secret, or masks it', async () => {
    const key = of('sk-proj-')
    await using blocking = await startGuarded([secrets()])
    const answer = await blocking.ask(`my key is ${key}`)
    expect(answer.status).toBe(446)
    expect(answer.text).not.toContain(RANDOM)
    await using masking = await startGuarded([secrets({ action: 'redact' })])
    await masking.ask(`my key is ${key}`)
    expect(masking.heard[0]?.messages[0].content).toBe('my key is [OPENAI_KEY]')
  })
})
