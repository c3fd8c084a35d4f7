import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { ChatChunk } from '#core'

import { assemble } from '../../core/chat/assemble.ts'
import { EventRuns } from '../../core/event-runs.ts'
import { StreamEvent } from '../../core/sse.ts'

const eventOf = (delta: object, more: object = {}): StreamEvent<ChatChunk> => {
  const choices = [{ index: 0, delta, finish_reason: null, ...more }]
  const chunk = { id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices }
  return new StreamEvent(Buffer.from(`data: ${JSON.stringify(chunk)}\n\n`))
}
const assembled = (events: readonly StreamEvent<ChatChunk>[]): unknown =>
  assemble(
    'chat',
    events.flatMap(({ value }) => value ?? []),
  )

describe('runs of events', () => {
  it('say what the events said, whatever is in them', () => {
    const text = fc.string({ unit: 'binary', maxLength: 12 })
    const delta = fc.oneof(
      { weight: 6, arbitrary: text.map((content) => ({ content })) },
      text.map((content) => ({ role: 'assistant', content })),
      text.map((content) => ({ content, other: '"content":"' })),
      text.map((reasoning_content) => ({ reasoning_content })),
      text.map((content) => ({ content, reasoning_content: content })),
      text.map((words) => ({
        tool_calls: [{ index: 0, id: 't', function: { name: 'f', arguments: words } }],
      })),
      fc.constant({}),
    )
    fc.assert(
      fc.property(fc.array(fc.tuple(delta, fc.integer({ min: 0, max: 1 }))), (deltas) => {
        const events = deltas.map(([fields, index]) => eventOf(fields, { index }))
        const runs = new EventRuns<ChatChunk>()
        for (const event of events) runs.add(event)
        expect(assembled(runs.events())).toEqual(assembled(events))
      }),
      { numRuns: 500 },
    )
  })

  it('are one event where only the words differ', () => {
    const runs = new EventRuns<ChatChunk>()
    for (let word = 0; word < 100; word++) runs.add(eventOf({ content: `"word" ${word} \\ é ` }))
    runs.add(eventOf({}, { finish_reason: 'stop' }))
    expect(runs.events()).toHaveLength(2)
    const words = Array.from({ length: 100 }, (_, word) => `"word" ${word} \\ é `)
    expect(runs.events()[0]?.value?.choices[0]?.delta.content).toBe(words.join(''))
  })
})
