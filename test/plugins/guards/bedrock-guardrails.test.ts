import { describe, expect, it } from 'vitest'

import { signRequest } from '../../../plugins/guards/bedrock-guardrails/sign-request.ts'
import { json } from '../../helpers/upstream.ts'
import { assessed, ATTACK, PERSONAL, ARN, bedrock } from './service-cases/bedrock-guardrails.ts'
import { BAD, describeService, startServed } from './service-guard.ts'

const { environment, ...rest } = bedrock
describeService({
  ...rest,
  // Without its region the guard names that first.
  environment,
  declare: (address, options) => bedrock.declare(address, { region: 'eu-west-1', ...options }),
})

it('asks as Bedrock wants to be asked, and says what it found but not where', async () => {
  await using served = await startServed(bedrock, (request) => json(bedrock.answer(request)), {
    stage: 'input',
    guardrailVersion: '3',
  })
  const blocked = await served.ask(`in ${BAD}`)
  expect(blocked.body.details.text).toBe('The guardrail intervened: PROMPT_ATTACK.')
  const [request] = served.service.requests
  expect(request?.path).toBe(`/guardrail/${encodeURIComponent(ARN)}/version/3/apply`)
  expect(request?.body).toEqual({ source: 'INPUT', content: [{ text: { text: `in ${BAD}` } }] })
  expect(request?.headers.authorization).toMatch(
    /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-west-1\/bedrock\/aws4_request, SignedHeaders=host;x-amz-date, Signature=[0-9a-f]{64}$/,
  )
  expect(request?.headers['x-amz-date']).toMatch(/^\d{8}T\d{6}Z$/)
})

it('sends the token of temporary credentials, signed', async () => {
  const temporary = { ...bedrock, environment: { ...environment, AWS_SESSION_TOKEN: 'session-1' } }
  await using served = await startServed(temporary, (request) => json(bedrock.answer(request)))
  await served.ask('hello')
  const headers = served.service.requests[0]?.headers
  expect(headers?.['x-amz-security-token']).toBe('session-1')
  expect(headers?.authorization).toContain('SignedHeaders=host;x-amz-date;x-amz-security-token')
})

it('masks what the guardrail anonymizes', async () => {
  await using served = await startServed(bedrock, () => json(assessed(PERSONAL)), {
    stage: 'input',
    action: 'redact',
  })
  expect((await served.ask(`C-17 in ${BAD}`)).status).toBe(200)
  expect(served.model.requests[0]?.body.messages[0].content).toBe('[CASE_NUMBER] in [ADDRESS]')
})

it.each([
  ['it blocks something besides', { ...PERSONAL, ...ATTACK }],
  [
    'it does not say what it found',
    { topicPolicy: { topics: [{ name: 'Law', type: 'DENY', action: 'BLOCKED' }] } },
  ],
])('blocks where %s, with redact too', async (_why, policies) => {
  await using served = await startServed(bedrock, () => json(assessed(policies)), {
    stage: 'input',
    action: 'redact',
  })
  expect((await served.ask(`C-17 in ${BAD}`)).status).toBe(446)
})

it('must know the region', async () => {
  const nowhere = { ...bedrock, environment: { ...environment, AWS_REGION: '' } }
  await expect(startServed(nowhere, () => json({}))).rejects.toThrow('"region" is required')
})

/** https://docs.aws.amazon.com/general/latest/gr/signature-v4-test-suite.html */
describe("AWS's test suite for signatures", () => {
  const signing = {
    credentials: {
      accessKeyId: 'AKIDEXAMPLE',
      secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
    },
    region: 'us-east-1',
    service: 'service',
    at: new Date('2015-08-30T12:36:00Z'),
  }

  it.each([
    ['get-vanilla', 'GET', '/', '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'],
    [
      'post-vanilla',
      'POST',
      '/',
      '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b',
    ],
    [
      'get-vanilla-query-order-key-case',
      'GET',
      '/?Param2=value2&Param1=value1',
      'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
    ],
  ])('%s', (_name, method, path, signature) => {
    const url = `https://example.amazonaws.com${path}`
    expect(signRequest({ method, url, body: '' }, signing)).toEqual({
      'x-amz-date': '20150830T123600Z',
      authorization:
        'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, ' +
        `SignedHeaders=host;x-amz-date, Signature=${signature}`,
    })
  })

  it.each([
    [
      undefined,
      'host;x-amz-date',
      '4b124a59bdfcfd47fed315f9916f8bed8121e740f069781df3f921937f95e813',
    ],
    [
      'session-1',
      'host;x-amz-date;x-amz-security-token',
      '86669f781e01a3089f73524eee5fd6c8d5a5de7197ea017a87dd6d2f157d2117',
    ],
  ])(
    'and what botocore 1.43 signs, with an ARN in the path (token: %s)',
    (token, names, signature) => {
      const host = 'https://bedrock-runtime.eu-west-1.amazonaws.com'
      const url = `${host}/guardrail/${encodeURIComponent(ARN)}/version/1/apply`
      const credentials = { ...signing.credentials, sessionToken: token }
      const own = { ...signing, credentials, region: 'eu-west-1', service: 'bedrock' }
      const { authorization } = signRequest({ method: 'POST', url, body: '{"a":1}' }, own)
      expect(authorization).toContain(`SignedHeaders=${names}, Signature=${signature}`)
    },
  )
})
