import type { LiveMetrics, Target } from '#core'

import type { Known } from './metric-values.ts'

/**
 * Models that answer no chat (no provider says what a model is for, but all of them call these so), and
 * fine-tuned ones: another project may have asked them, and they are nobody else's business.
 */
const NO_CHAT = /^ft:|embed|whisper|\btts\b|dall-e|moderation|-image|transcribe|realtime/i
const EMBEDDING = /embed/i
/** Of more, those that are asked the most. */
const MOST_EXPANDED = 32

/** Whether a name stands for all models of a provider that begin so: `openai/*`, `openai/gpt-5*`. */
export function isPattern(name: string): boolean {
  return name.endsWith('*') && name.includes('/')
}

/**
 * The targets that a name in the list of a metric's router stands for, as in LangDB: `provider/*` is
 * every model of the provider that has metrics, or any that is known while none has; a bare name is
 * that model of every provider that has metrics for it, or else what it means everywhere. None when
 * nobody knows the name.
 */
export function expandPattern(name: string, known: Known): readonly Target[] {
  return isPattern(name) ? expandWildcard(name, known) : expandName(name, known)
}

function expandWildcard(pattern: string, asked: Known): readonly Target[] {
  const { metrics, models, projectId, operation } = asked
  const slash = pattern.indexOf('/')
  const provider = pattern.slice(0, slash)
  const start = pattern.slice(slash + 1, -1)
  if (!models.provider(provider)) return []
  const fits = (model: string): boolean =>
    model.startsWith(start) &&
    (operation === 'embeddings' ? EMBEDDING.test(model) : !NO_CHAT.test(model))

  const toTargets = (names: readonly string[]): readonly Target[] =>
    names.filter(fits).map((model) => ({ provider, model }))

  const listed = models
    .list(projectId)
    .filter((one) => one.provider === provider)
    .map(({ id }) => id.slice(provider.length + 1))
  // A name that is on no list (a deployment's, for instance) came from whoever asked for it, and may
  // be another project's. Of a provider without a list, nothing else is known.
  const known = new Set(listed)
  const seen = metrics.modelsOf(provider)
  const measured = toTargets(known.size === 0 ? seen : seen.filter((model) => known.has(model)))
  if (measured.length > 0) return mostAsked(measured, metrics)
  return toTargets(listed).slice(0, MOST_EXPANDED)
}

function mostAsked(targets: readonly Target[], metrics: LiveMetrics): readonly Target[] {
  if (targets.length <= MOST_EXPANDED) return targets
  const requests = (target: Target): number => metrics.of(target, 'total')?.read('requests') ?? 0
  return targets.toSorted((a, b) => requests(b) - requests(a)).slice(0, MOST_EXPANDED)
}

function expandName(name: string, { metrics, models, projectId }: Known): readonly Target[] {
  const meant = models.targets(name, projectId)
  const [only] = meant
  const isBare =
    meant.length === 1 && only !== undefined && only.model.toLowerCase() === name.toLowerCase()
  if (!isBare || only.router !== undefined) return meant
  const providers = metrics.providersOf(only.model).filter((provider) => models.provider(provider))
  return providers.length === 0 ? meant : providers.map((provider) => ({ ...only, provider }))
}
