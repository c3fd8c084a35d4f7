import { setTimeout as sleep } from 'node:timers/promises'

import fc from 'fast-check'

import { corpus } from '../../fixtures/hostile-scripts.mjs'
import type { Besieged, Look, Verdict } from './besieged.ts'
import { mutant } from './mutant.ts'
import { moveIn, type Neighbourhood } from './neighbours.ts'

/** What was seen while hostile scripts came in and neighbours asked. */
export interface Siege {
  readonly submissions: number
  readonly slowestMs: number
  /** Answers that no hostile script may get, in words. */
  readonly faults: readonly string[]
  readonly reasons: Readonly<Record<string, number>>
  readonly neighbourhood: Neighbourhood
  readonly before: Look
  readonly after: Look
  /** Processes of the gateway's when all was over. */
  readonly sandboxes: number
}

const NEIGHBOUR_REQUESTS_PER_SECOND = 40
/** A sandbox that was killed is replaced, and a worn one stands beside its successor. */
const SETTLED_MS = 2000
/** Longer ones are refused unseen: a flood of them would measure how bodies are read. */
const LONGEST_FLOOD_SCRIPT = 64 * 1024

/** Every script of the corpus once, one after the other, each from a tenant of its own. */
export function sendCorpus(gateway: Besieged): Promise<Siege> {
  return underSiege(gateway, async (submit) => {
    for (const { name, script, forbid } of corpus) await submit(name, script, forbid)
  })
}

/** Scripts of the corpus at a fixed rate, from three tenants, whether or not the earlier ones are answered. */
export function flood(gateway: Besieged, count: number, perSecond: number): Promise<Siege> {
  return underSiege(gateway, async (submit) => {
    const hostile = corpus.filter(
      ({ cat, script }) => cat !== 'ok' && script.length < LONGEST_FLOOD_SCRIPT,
    )
    const startedAt = performance.now()
    const open: Promise<void>[] = []
    for (let number = 0; number < count; number++) {
      const { script = '', forbid } = hostile[number % hostile.length] ?? {}
      open.push(submit(`flood ${number % 3}`, `${script}\n// ${number}`, forbid))
      const dueAt = startedAt + ((number + 1) * 1000) / perSecond
      await sleep(Math.max(0, dueAt - performance.now()))
    }
    await Promise.all(open)
  })
}

/** Scripts made of pieces of the corpus, each from a tenant of its own. */
export function sendMutants(gateway: Besieged, count: number): Promise<Siege> {
  return underSiege(gateway, async (submit) => {
    let number = 0
    await fc.assert(
      fc.asyncProperty(mutant(), (script) => submit(`mutant ${number++}`, script)),
      { numRuns: count, endOnFailure: true },
    )
  })
}

type Submit = (tenant: string, script: string, forbid?: RegExp) => Promise<void>

async function underSiege(
  gateway: Besieged,
  attack: (submit: Submit) => Promise<void>,
): Promise<Siege> {
  const neighbours = await moveIn(gateway, NEIGHBOUR_REQUESTS_PER_SECOND)
  await sleep(SETTLED_MS)
  const before = await gateway.look()
  const faults: string[] = []
  const reasons: Record<string, number> = {}
  let slowestMs = 0
  let submissions = 0

  await attack(async (tenant, script, forbid) => {
    submissions++
    const verdict = await gateway.ask(tenant, script).catch((error: unknown) => String(error))
    const fault = faultOf(verdict, forbid)
    if (fault !== undefined) faults.push(`${tenant}: ${fault}`)
    if (typeof verdict === 'string') return
    slowestMs = Math.max(slowestMs, verdict.durationMs)
    const reason = verdict.reason ?? 'answered'
    reasons[reason] = (reasons[reason] ?? 0) + 1
  })

  const neighbourhood = await neighbours.leave()
  await sleep(SETTLED_MS)
  const after = await gateway.look()
  const seen = { submissions, slowestMs, faults, reasons, neighbourhood }
  return { ...seen, before, after, sandboxes: gateway.children() }
}

/** What is wrong with an answer; a script may choose a model, fail, or be refused. */
function faultOf(verdict: Verdict | string, forbid: RegExp | undefined): string | undefined {
  if (typeof verdict === 'string') return `was not answered: ${verdict}`
  const { status, model } = verdict
  if (![200, 400, 503].includes(status)) return `was answered ${status}`
  return forbid?.test(model ?? '') ? `came to ${model}` : undefined
}
