import { definePlugin, targetName, type Exchange, type Target } from '#core'

import { createLengthCheck } from './health/length.ts'
import { contentNeeds, LACKS, needsOf, type Demanding } from './health/needs.ts'

/**
 * Looks over the targets after all other routing. One that is known to lack what the request needs
 * (it reads no images, calls no tools, its context is too short) is passed over, unless all do: then
 * the provider has the last word. One whose provider failed repeatedly and is given a rest goes to
 * the end. Of a model of which nothing is known, nothing is assumed.
 */
export const health = definePlugin({
  name: 'health',
  schema: { type: 'object', additionalProperties: false },
  setup(host) {
    const { models } = host

    /** What a target is known to lack, each as a predicate of a sentence. */
    function lacksFor(exchange: Exchange): (target: Target) => readonly string[] {
      const { text, caller, operation } = exchange
      if (operation !== 'chat') return () => []
      const request = exchange.request as Demanding
      const content = contentNeeds(request.messages)
      const fits = createLengthCheck(request, text)
      return (target) => {
        const { capabilities, contextWindow } = models.facts(target, caller.projectId)
        const missing = capabilities
          ? needsOf(request, target, content).filter((need) => !capabilities.has(need))
          : []
        const reasons = missing.map((need) => LACKS[need])
        if (contextWindow === undefined || fits(contextWindow)) return reasons
        return [...reasons, `reads no more than ${contextWindow} tokens`]
      }
    }

    function passOver(targets: readonly Target[], exchange: Exchange): readonly Target[] {
      const lacks = lacksFor(exchange)
      const judged = targets.map((target) => ({ target, reasons: lacks(target) }))
      const able = judged.filter(({ reasons }) => reasons.length === 0)
      if (able.length === targets.length) return targets
      for (const { target, reasons } of judged) {
        if (reasons.length === 0) continue
        const verdict = able.length === 0 ? 'kept, as all lack something' : 'skipped'
        explain(exchange, `${verdict}: ${targetName(target)} ${reasons.join(', ')}`)
      }
      return able.length === 0 ? targets : able.map(({ target }) => target)
    }

    function restLast(targets: readonly Target[], exchange: Exchange): readonly Target[] {
      // What rests now says nothing of the moment that a trial is about.
      if (exchange.trial?.at) return targets
      const resting = targets.filter(({ provider }) => host.isResting(provider))
      if (resting.length === 0 || resting.length === targets.length) return targets
      explain(exchange, `put last, resting: ${resting.map(targetName).join(', ')}`)
      return [...targets.filter((target) => !resting.includes(target)), ...resting]
    }

    return {
      hooks: {
        routing: {
          order: 'post',
          handler(targets, exchange) {
            // A single target is tried whatever is known of it.
            if (targets.length < 2) return undefined
            return restLast(passOver(targets, exchange), exchange)
          },
        },
      },
    }
  },
})

function explain(exchange: Exchange, decision: string): void {
  exchange.explain.add('health', 'routing', 0, decision)
}
