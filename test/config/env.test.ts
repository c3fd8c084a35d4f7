import { afterEach, describe, expect, it, vi } from 'vitest'

import { missingVariables } from '../../config/env.ts'
import { env } from '../../config/index.ts'

describe('env()', () => {
  afterEach(() => vi.unstubAllEnvs())

  it('is the value of the variable, also inside a template', () => {
    vi.stubEnv('TEST_HOST', 'models.example')
    expect(`https://${env('TEST_HOST')}/v1`).toBe('https://models.example/v1')
  })

  it('is what is given for the case that the variable is not set, or is empty', () => {
    vi.stubEnv('TEST_HOST', '')
    expect(env('TEST_HOST', 'localhost')).toBe('localhost')
    expect(env('TEST_NOT_SET', '')).toBe('')
    vi.stubEnv('TEST_PORT', '11434')
    expect(env('TEST_HOST', env('TEST_PORT'))).toBe('11434')
  })

  it('leaves a mark where nothing is given, which tells the name and the place', () => {
    const options = {
      apiKey: env('TEST_KEY'),
      baseUrl: `https://${env('TEST_HOST')}:${env('TEST_PORT')}/v1`,
      headers: { 'x-team': env('TEST_TEAM') },
      models: ['a', env('TEST_MODEL')],
      limit: 3,
      nothing: null,
    }
    expect(missingVariables(options)).toEqual([
      { path: 'apiKey', name: 'TEST_KEY' },
      { path: 'baseUrl', name: 'TEST_HOST' },
      { path: 'baseUrl', name: 'TEST_PORT' },
      { path: 'headers.x-team', name: 'TEST_TEAM' },
      { path: 'models[1]', name: 'TEST_MODEL' },
    ])
  })
})
