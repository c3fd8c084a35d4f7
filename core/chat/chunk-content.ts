import type { SegmentKind } from '../guard.ts'
import type { AnyChunk, OperationName } from '../provider.ts'
import type { ChunkChoice } from './completion.ts'
import type { TextChoice } from './text-completion.ts'

/** A piece of one of the texts that a stream brings. */
export interface ChunkPiece {
  /** Of the choice. */
  readonly choice: number
  /** Which text of the choice it goes on with: `content`, `call 0`. */
  readonly lane: string
  readonly kind: SegmentKind
  readonly text: string
  /** All of the text: no event goes on with it. */
  readonly isWhole?: boolean
  /** Writes another text in its place, and takes away what tells of the old one token by token. */
  write(text: string): void
}

/** The texts in a chunk, in the order in which an answer has them. */
export function chunkPieces(operation: OperationName, chunk: AnyChunk): readonly ChunkPiece[] {
  const pieces: ChunkPiece[] = []
  for (const choice of chunk.choices) {
    if (operation === 'completions') addText(choice as TextChoice, pieces)
    else addDelta(choice as ChunkChoice, pieces)
  }
  if ('tapgate' in chunk) addToolNote(chunk['tapgate'], pieces)
  return pieces
}

function addText(choice: TextChoice, pieces: ChunkPiece[]): void {
  if (!choice.text) return
  pieces.push({
    choice: choice.index,
    lane: 'content',
    kind: 'text',
    text: choice.text,
    write(text) {
      choice.text = text
      choice.logprobs = null
    },
  })
}

function addDelta(choice: ChunkChoice, pieces: ChunkPiece[]): void {
  const { index, delta } = choice
  // Some providers leave it out of the last chunk.
  if (!delta) return
  const add = (
    lane: string,
    kind: SegmentKind,
    text: unknown,
    put: (text: string) => void,
  ): void => {
    if (typeof text !== 'string' || text === '') return
    const write = (edited: string): void => {
      put(edited)
      if (choice.logprobs) choice.logprobs = null
    }
    pieces.push({ choice: index, lane, kind, text, write })
  }
  for (const [field, kind] of FIELDS) {
    add(field, kind, delta[field], (text) => {
      delta[field] = text
    })
  }
  for (const [at, detail] of (delta.reasoning_details ?? []).entries()) {
    add(`detail ${detail.index ?? at}`, 'reasoning', detail.text, (text) => {
      detail.text = text
    })
  }
  for (const { index: at, function: called } of delta.tool_calls ?? []) {
    if (!called) continue
    add(`name ${at}`, 'name', called.name, (text) => {
      called.name = text
    })
    add(`call ${at}`, 'tool_call', called.arguments, (text) => {
      called.arguments = text
    })
  }
}

/** What the gateway tells of a call that it runs for the model. */
function addToolNote(note: unknown, pieces: ChunkPiece[]): void {
  const { tool_call: call } = Object(note) as { tool_call?: Partial<Record<string, unknown>> }
  const text = call?.['arguments']
  if (!call || typeof text !== 'string' || text === '') return
  pieces.push({
    choice: 0,
    lane: `gateway's call ${String(call['id'])}`,
    kind: 'tool_call',
    text,
    isWhole: true,
    write(written) {
      call['arguments'] = written
    },
  })
}

const FIELDS: readonly (readonly ['content' | 'refusal' | 'reasoning_content', SegmentKind])[] = [
  ['content', 'text'],
  ['refusal', 'text'],
  ['reasoning_content', 'reasoning'],
]

/** The choices that end with this chunk. */
export function endedChoices(chunk: AnyChunk): readonly number[] {
  return (chunk.choices as readonly { index: number; finish_reason?: unknown }[]).flatMap(
    ({ index, finish_reason: reason }) => (reason ? [index] : []),
  )
}
