import { isObject, objectsIn } from './json.ts'

/** The names in Anthropic's list of models. Source: https://platform.claude.com/docs/en/api/models-list */
export function readModels(body: unknown): readonly string[] {
  const models = objectsIn(isObject(body) ? body['data'] : undefined)
  return models.map(({ id }) => id).filter((id) => typeof id === 'string')
}
