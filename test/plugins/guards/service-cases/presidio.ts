import { presidio } from '#plugins/guards/presidio'

import { BAD, type ServiceCase } from '../service-guard.ts'

/** The answer of https://microsoft.github.io/presidio/api-docs/api-docs.html, in code points as Python counts. */
export function entitiesOf(text: string, word = BAD, type = 'LOCATION', score = 0.85): object[] {
  const characters = Array.from(text)
  const length = Array.from(word).length
  return characters.flatMap((_character, start) =>
    characters.slice(start, start + length).join('') === word
      ? [
          {
            entity_type: type,
            start,
            end: start + length,
            score,
            analysis_explanation: null,
            recognition_metadata: { recognizer_name: 'SpacyRecognizer' },
          },
        ]
      : [],
  )
}

export const analyzer: ServiceCase = {
  environment: {},
  declare: (address, options) => presidio({ baseUrl: address, ...options }),
  answer: ({ body }) => entitiesOf(body.text),
  mask: ({ body }) => entitiesOf(body.text),
  misshapen: [
    {},
    [{ entity_type: 'X' }],
    [{ entity_type: 'X', start: 0, end: 9999, score: 1 }],
    [{ entity_type: 'X', start: 3, end: 3, score: 1 }],
    [{ entity_type: 'X', start: 0, end: 1, score: 5 }],
  ],
}
