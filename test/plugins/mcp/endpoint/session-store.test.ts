import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { createSessions, type OpenSession } from '../../../../plugins/mcp/endpoint/sessions.ts'
import { KEYS } from './keys.ts'

const caller = KEYS['sk-one']!
const place = { caller, name: undefined }

interface KnownSession extends OpenSession {
  isOver: boolean
}

function session(use: { running?: number; isListening?: boolean } = {}): KnownSession {
  const made: KnownSession = {
    isOver: false,
    runningCount: () => use.running ?? 0,
    isListening: () => use.isListening ?? false,
    release() {
      made.isOver = true
    },
    close: async () => undefined,
  }
  return made
}

const limits = { sessionIdleMs: 60_000, sessionsPerKey: 2, sessions: 3 }

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('Sessions', () => {
  it('are over when nobody has used them for long', () => {
    const sessions = createSessions<KnownSession>(limits)
    const [used, idle] = [session(), session()]
    sessions.keep('used', place, used)
    sessions.keep('idle', place, idle)
    vi.advanceTimersByTime(40_000)
    expect(sessions.find('used', place)).toBe(used)
    vi.advanceTimersByTime(40_000)
    expect(sessions.find('idle', place)).toBeUndefined()
    expect(idle.isOver).toBe(true)
    expect(sessions.find('used', place)).toBe(used)
    vi.advanceTimersByTime(60_001)
    sessions.sweep()
    expect(used.isOver).toBe(true)
  })

  it('last as long as a request runs or the client listens', () => {
    const sessions = createSessions<KnownSession>(limits)
    const [working, listening] = [session({ running: 1 }), session({ isListening: true })]
    sessions.keep('working', place, working)
    sessions.keep('listening', place, listening)
    vi.advanceTimersByTime(600_000)
    sessions.sweep()
    expect(sessions.find('working', place)).toBe(working)
    expect(sessions.find('listening', place)).toBe(listening)
  })

  it('do not make room while all of a key are at work', () => {
    const sessions = createSessions<KnownSession>(limits)
    for (const id of ['one', 'two']) sessions.keep(id, place, session({ running: 1 }))
    expect(() => sessions.reserve(caller)).toThrow('running requests')
  })
})
