/**
 * Why a guard could not judge: `lakera_401`, `llm_judge_not_understood`. Only the name of the error
 * is logged and recorded, so it says what went wrong; nothing in it stems from a text or an answer.
 */
export class GuardFault extends Error {
  override readonly name: string

  constructor(name: string, options?: ErrorOptions) {
    super('The guard could not judge.', options)
    this.name = name
  }
}
