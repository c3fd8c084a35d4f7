/**
 * What an exchange is for. `tool` is a call of a tool, by a client or by a model that a client asked.
 * `shadow`, `guard` and `routing` are the gateway's own (a copy sent to a second model, a judge's
 * question): recorded as such, and never counted against the caller's budget.
 */
export type Purpose = 'request' | 'tool' | 'shadow' | 'guard' | 'routing'
