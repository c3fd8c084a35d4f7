import type { GuardContent, Segment } from '#core'

type Edit = (text: string) => string

/** The segments that an edit changes, with their new texts, by index. */
export function editSegments(content: GuardContent, edit: Edit): ReadonlyMap<number, string> {
  const changed = new Map<number, string>()
  content.segments.forEach((segment, index) => {
    const text = holdsJson(segment) ? editJson(segment.text, edit) : edit(segment.text)
    if (text !== segment.text) changed.set(index, text)
  })
  return changed
}

function holdsJson({ kind }: Segment): boolean {
  return kind === 'tool_call' || kind === 'tool_definition'
}

/**
 * Edits names, strings and numbers of a JSON text one by one: it stays JSON, and an escape such as
 * `\u0073` hides nothing. What is not JSON is edited as it stands; what does not change is untouched.
 */
function editJson(json: string, edit: Edit): string {
  let isChanged = false
  const note: Edit = (text) => {
    const edited = edit(text)
    isChanged ||= edited !== text
    return edited
  }
  let edited: unknown
  try {
    edited = JSON.parse(json, (_name, value: unknown) => editValue(value, note))
  } catch (error) {
    if (error instanceof SyntaxError) return edit(json)
    throw error
  }
  return isChanged ? JSON.stringify(edited) : json
}

function editValue(value: unknown, edit: Edit): unknown {
  if (typeof value === 'string') return edit(value)
  if (typeof value === 'number') {
    const edited = edit(String(value))
    return edited === String(value) ? value : edited
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [edit(name), item]))
}
