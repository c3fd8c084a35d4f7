import { createVerify, generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { hang, json, startUpstream, status, type Handler } from '../../helpers/upstream.ts'
import { TEMPLATE, sanitized, deidentified, armor } from './service-cases/model-armor.ts'
import { BAD, describeService, PLANTED, startServed, type ServiceCase } from './service-guard.ts'

describeService(armor)

it('asks as Model Armor wants to be asked', async () => {
  await using served = await startServed(armor, (request) => json(armor.answer(request)), {
    says: 'Here.',
  })
  await served.ask('hello')
  expect(served.service.requests.map(({ path, body }) => [path, body])).toEqual([
    [`/v1/${TEMPLATE}:sanitizeUserPrompt`, { userPromptData: { text: 'hello' } }],
    [`/v1/${TEMPLATE}:sanitizeModelResponse`, { modelResponseData: { text: 'Here.' } }],
  ])
  expect(served.service.requests[0]?.headers.authorization).toBe(`Bearer ${PLANTED}`)
  const blocked = await served.ask(BAD)
  expect(blocked.body.details.text).toBe('The text was flagged: pi_and_jailbreak.')
})

it('blocks what one filter found, though some did not run', async () => {
  const partly = sanitized('MATCH_FOUND', undefined, 'PARTIAL')
  await using served = await startServed(armor, () => json(partly))
  expect((await served.ask('hello')).body.details.text).toContain('pi_and_jailbreak')
})

it('sends on what was de-identified', async () => {
  const answer: Handler = ({ body }) =>
    json(
      body.userPromptData.text.includes(BAD)
        ? sanitized('NO_MATCH_FOUND', deidentified('in [LOCATION]'))
        : sanitized('NO_MATCH_FOUND'),
    )
  await using served = await startServed(armor, answer, { stage: 'input', action: 'redact' })
  const messages = [
    { role: 'system', content: 'be kind' },
    { role: 'user', content: `in ${BAD}` },
  ]
  await served.gateway.chat({ model: 'up/m', messages })
  const sent = served.model.requests[0]?.body.messages
  expect(sent.map(({ content }: { content: string }) => content)).toEqual([
    'be kind',
    'in [LOCATION]',
  ])
})

it('blocks what another filter found beside it, with redact too', async () => {
  const both = sanitized('MATCH_FOUND', deidentified('in [LOCATION]'))
  await using served = await startServed(armor, () => json(both), {
    stage: 'input',
    action: 'redact',
  })
  expect((await served.ask(`in ${BAD}`)).status).toBe(446)
})

describe('with the key file of a service account', () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })

  /** Google's token endpoint, and a key file that names it. */
  async function startGoogle(
    handler: Handler,
  ): Promise<
    AsyncDisposable & { readonly keyFile: string; readonly asked: readonly { bytes: Buffer }[] }
  > {
    const google = await startUpstream(handler)
    const folder = mkdtempSync(join(tmpdir(), 'tapgate-key-'))
    const keyFile = join(folder, 'key.json')
    const account = {
      type: 'service_account',
      client_email: 'guard@house.iam.gserviceaccount.com',
      private_key: privateKey,
      token_uri: `${google.url}/token`,
    }
    writeFileSync(keyFile, JSON.stringify(account))
    return {
      keyFile,
      asked: google.requests,
      async [Symbol.asyncDispose]() {
        rmSync(folder, { recursive: true })
        await google[Symbol.asyncDispose]()
      },
    }
  }

  const withKey = (keyFile: string): ServiceCase => ({
    ...armor,
    environment: { GOOGLE_APPLICATION_CREDENTIALS: keyFile },
  })

  it('asks Google for a token once, and again shortly before it expires', async () => {
    let seconds = 3600
    await using google = await startGoogle(() =>
      json({ access_token: PLANTED, expires_in: seconds, token_type: 'Bearer' }),
    )
    const answer: Handler = (request) => json(armor.answer(request))
    await using served = await startServed(withKey(google.keyFile), answer)
    await Promise.all([served.ask('one'), served.ask('two')])
    expect(google.asked).toHaveLength(1)
    expect(served.service.requests[0]?.headers.authorization).toBe(`Bearer ${PLANTED}`)

    const assertion = new URLSearchParams(String(google.asked[0]?.bytes)).get('assertion') ?? ''
    const [head = '', claims = '', signature = ''] = assertion.split('.')
    const verify = createVerify('RSA-SHA256').update(`${head}.${claims}`)
    expect(verify.verify(publicKey, signature, 'base64url')).toBe(true)
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({
      iss: 'guard@house.iam.gserviceaccount.com',
      scope: 'https://www.googleapis.com/auth/cloud-platform',
    })

    seconds = 30
    await using short = await startServed(withKey(google.keyFile), answer, { stage: 'input' })
    await short.ask('one')
    await short.ask('two')
    expect(google.asked).toHaveLength(3)
  })

  it.each([
    ['refuses', (): ReturnType<Handler> => status(401, {}, { error: PLANTED })],
    ['answers otherwise', (): ReturnType<Handler> => json({ token: PLANTED })],
    ['is silent', (): ReturnType<Handler> => hang()],
  ])('blocks while Google %s', async (_how, play) => {
    await using google = await startGoogle(play)
    const options = { stage: 'input', timeoutMs: 500 }
    await using served = await startServed(withKey(google.keyFile), () => hang(), options)
    const answer = await served.ask('hello')
    expect(answer.status).toBe(446)
    expect(await served.traces(answer)).not.toContain(PLANTED)
    expect(served.service.requests).toHaveLength(0)
  })

  it('blocks when the file is not there', async () => {
    await using served = await startServed(withKey('/nowhere/key.json'), () => hang())
    const answer = await served.ask('hello')
    expect(answer.status).toBe(446)
    expect(await served.traces(answer)).toContain('model_armor_credentials')
  })
})
