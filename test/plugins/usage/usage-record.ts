import { randomUUIDv7 } from 'node:crypto'

import type { UsageRecord } from '#core'

/** The record of one more request: 1 token in, 1 token out. */
export function usageRecord(): UsageRecord {
  return {
    requestId: `req_${randomUUIDv7().replaceAll('-', '')}`,
    traceId: 'trace',
    threadId: 'thread',
    runId: 'run',
    operation: 'chat',
    purpose: 'request',
    parentId: null,
    cache: null,
    startedAt: Date.now(),
    caller: { keyId: 'key', keyPrefix: 'sk-prod-1234', projectId: 'project', scopes: ['write'] },
    userId: null,
    userName: null,
    userTags: null,
    tags: { team: 'search' },
    label: 'größe',
    requestedModel: 'openai/gpt-4o',
    provider: 'openai',
    model: 'gpt-4o',
    attempts: [],
    status: 'success',
    statusCode: 200,
    errorCode: null,
    isStream: false,
    finishReason: 'stop',
    timeToFirstTokenMs: 1.5,
    durationMs: 2.5,
    overheadMs: 0.1,
    tokens: {
      input: 1,
      cachedInput: 0,
      cacheWrite: 0,
      cacheWrite1h: 0,
      audioInput: 0,
      output: 1,
      reasoning: 0,
      audioOutput: 0,
    },
    tokensAreEstimated: false,
    cost: '0.000015',
    prices: null,
    guards: null,
    explain: null,
  }
}
