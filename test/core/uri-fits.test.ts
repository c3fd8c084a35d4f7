import { describe, expect, it } from 'vitest'

import { uriFits } from '#core'

import { cpuMsOf } from '../helpers/cpu-time.ts'

describe('a template of a resource', () => {
  it.each([
    ['note://{id}', 'note://7', true],
    ['note://{id}', 'note://', false],
    ['note://{id}/text', 'note://7/text', true],
    ['note://{id}/text', 'file://7/text', false],
    ['file:///{+path}', 'file:///a/b.txt', true],
    ['search://all{?q,page}', 'search://all?q=x&page=2', true],
    ['search://all{?q,page}', 'search://all', true],
    ['a.c://{id}', 'abc://1', false],
    ['note://{id', 'note://7', false],
  ])('%s and %s: %s', (template, uri, isFitting) => {
    expect(uriFits(uri, template)).toBe(isFitting)
  })

  it('is compared in linear time, however many variables stand side by side', () => {
    const template = `a:${'{x}'.repeat(100)}!`
    const uri = `a:${'q'.repeat(2_000)}`

    expect(uriFits(uri, template)).toBe(false)
    expect(cpuMsOf(() => uriFits(uri, template))).toBeLessThan(10_000)
  })
})
