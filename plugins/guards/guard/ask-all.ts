/**
 * Waits for all answers about the pieces of one content. A fault is thrown only when no answer is a
 * finding: else, where faults are allowed, a piece that breaks the service would let the others
 * pass.
 */
export async function askAll<Answer>(
  questions: readonly Promise<Answer>[],
  isFinding: (answer: Answer) => boolean,
): Promise<{ readonly answers: readonly Answer[]; readonly isComplete: boolean }> {
  const settled = await Promise.allSettled(questions)
  const answers = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  const fault = settled.find((one) => one.status === 'rejected')
  if (fault && !answers.some(isFinding)) throw fault.reason
  return { answers, isComplete: !fault }
}
