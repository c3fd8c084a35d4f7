import {
  ResourceNotFoundError,
  type ReadResourceResult,
  type Resource,
} from '@modelcontextprotocol/server'

import { PNG } from './fixture-content.ts'

/** The resources that the conformance suite reads. */
export const fixtureResources: readonly Resource[] = [
  {
    uri: 'test://static-text',
    name: 'static-text',
    description: 'A text.',
    mimeType: 'text/plain',
  },
  {
    uri: 'test://static-binary',
    name: 'static-binary',
    description: 'An image.',
    mimeType: 'image/png',
  },
  {
    uri: 'test://watched-resource',
    name: 'watched-resource',
    description: 'A text that can be watched.',
    mimeType: 'text/plain',
  },
]

export const TEMPLATE = 'test://template/{id}/data'

/** Reads a resource. Throws when there is none. */
export function readFixtureResource(uri: string): ReadResourceResult {
  if (uri === 'test://static-text') {
    const value = 'This is the content of the static text resource.'
    return { contents: [{ uri, mimeType: 'text/plain', text: value }] }
  }
  if (uri === 'test://static-binary') {
    return { contents: [{ uri, mimeType: 'image/png', blob: PNG }] }
  }
  if (uri === 'test://watched-resource') {
    return { contents: [{ uri, mimeType: 'text/plain', text: 'Nothing has happened yet.' }] }
  }
  const id = /^test:\/\/template\/([^/]+)\/data$/.exec(uri)?.[1]
  if (id === undefined) throw new ResourceNotFoundError(uri)
  const data = { id, templateTest: true, data: `Data for ID: ${id}` }
  return { contents: [{ uri, mimeType: 'application/json', text: JSON.stringify(data) }] }
}
