import { GatewayError } from '#core'

/** A name with or without its collection; nothing that could leave the path it is put into. */
const MODEL_NAME = /^(?:(?:models|tunedModels)\/)?[A-Za-z0-9][\w.-]*$/

/** Where a model lives: `/models/gemini-3.8-flash`. Throws `model_not_found` for what is no name. */
export function modelPath(model: string): string {
  if (!MODEL_NAME.test(model)) {
    throw new GatewayError('model_not_found', `"${model}" is not the name of a Google model.`, {
      param: 'model',
    })
  }
  return model.includes('/') ? `/${model}` : `/models/${model}`
}

const OLDER = /^gemini-(?:[12](?:[.-]|$)|pro(?:-vision)?$|robotics-er-1\.5(?:[.-]|$))/

/**
 * Whether a model is of the third generation or later: it signs its tool calls, thinks in levels
 * and takes media in tool results. Names without a number are aliases of the latest.
 */
export function isGemini3(model: string): boolean {
  const name = bareName(model)
  return name.startsWith('gemini-') && !OLDER.test(name)
}

/** Whether a model is of the family 2.5: it thinks in budgets and refuses penalties. */
export function isGemini25(model: string): boolean {
  return /^gemini-(?:2\.5|robotics-er-1\.5)(?:[.-]|$)/.test(bareName(model))
}

/** Whether a model is an open one, which has no system instruction. */
export function isGemma(model: string): boolean {
  return bareName(model).startsWith('gemma-')
}

/** The name alone, in lower case. */
export function bareName(model: string): string {
  return model.slice(model.lastIndexOf('/') + 1).toLowerCase()
}
