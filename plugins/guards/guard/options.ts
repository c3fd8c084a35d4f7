type Stage = 'input' | 'output' | 'both'

/** What a config file can say of every guard. */
export interface GuardOptions {
  readonly id: string
  readonly stage: Stage
  readonly apply: 'always' | 'on-request'
  readonly onError: 'block' | 'allow'
  readonly timeoutMs: number
}

/** The schemas of these options, with the id and the stage that a guard has when the file is silent. */
export const guardOptions = (id: string, stage: Stage) =>
  ({
    id: {
      type: 'string',
      minLength: 1,
      default: id,
      description: 'What requests call it by. Two guards of one kind need an id each.',
    },
    stage: { enum: ['input', 'output', 'both'], default: stage },
    apply: {
      enum: ['always', 'on-request'],
      default: 'always',
      description: 'on-request: only when a request names it in extra.guards.',
    },
    onError: {
      enum: ['block', 'allow'],
      default: 'block',
      description: 'What becomes of a text that could not be judged.',
    },
    timeoutMs: {
      type: 'integer',
      minimum: 1,
      default: 250,
      description: 'How long one check may take.',
    },
  }) as const
