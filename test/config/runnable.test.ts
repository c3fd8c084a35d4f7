import { expect, it } from 'vitest'

import { runnable } from '../../config/runnable.ts'

it('makes commands of what is quoted so that it can be typed, and leaves names alone', () => {
  expect(runnable('See "tapgate mcp list".')).toBe('See "npm run tapgate -- mcp list".')
  const file = '{ "mcpServers": { "tapgate": {} } }'
  expect(runnable(file)).toBe(file)
})
