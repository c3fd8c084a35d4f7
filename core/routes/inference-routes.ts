import type { InferenceName } from '../provider.ts'
import type { Route } from '../route.ts'

/** A route that asks a model. The server takes these ahead of all others, without a router between. */
export interface InferenceRoute extends Pick<Route, 'method' | 'path' | 'access' | 'summary'> {
  readonly operation: InferenceName
}

export const INFERENCE_ROUTES: readonly InferenceRoute[] = [
  inference('/v1/chat/completions', 'chat', 'A model goes on with a conversation.'),
  inference('/v1/completions', 'completions', 'A model goes on with a text.'),
  inference('/v1/embeddings', 'embeddings', 'A model makes vectors of texts.'),
]

function inference(path: Route['path'], operation: InferenceName, summary: string): InferenceRoute {
  return { method: 'POST', path, access: 'write', operation, summary }
}
