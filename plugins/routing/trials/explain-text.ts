import { inColumns } from './columns.ts'
import type { ExplainedTarget, Explanation } from './explain.ts'

const HEAD = ['', 'TARGET', 'INPUT $/M', 'OUTPUT $/M', 'LAST HOUR', 'LATENCY', 'ERRORS', 'STATE']

/** An explanation for people: the targets in order, what each overrides, and the steps. */
export function explanationText({ targets, steps }: Explanation): string {
  const rows = targets.map((target, index) => [
    `${index + 1}.`,
    `${target.provider}/${target.model}`,
    inUsd(target.prices?.input),
    inUsd(target.prices?.output),
    ...metricCells(target),
    target.hint === null ? target.state : `${target.state}: ${target.hint}`,
  ])
  const overrides = targets.flatMap(({ parameters }, index) =>
    Object.keys(parameters).length === 0
      ? []
      : [`${index + 1}. with ${JSON.stringify(parameters)}`],
  )
  const taken = steps.map(({ plugin, step, micros, decision }) => [
    step,
    plugin,
    `${micros} µs`,
    decision,
  ])
  return [
    inColumns([HEAD, ...rows], [2, 3, 4, 5, 6]),
    ...(overrides.length > 0 ? [overrides.join('\n')] : []),
    ...(taken.length > 0
      ? [inColumns([['STEP', 'PLUGIN', 'TIME', 'DECISION'], ...taken], [2])]
      : []),
  ].join('\n\n')
}

function metricCells({ metrics }: ExplainedTarget): readonly string[] {
  const { requests = null, latency = null, error_rate: errorRate = null } = metrics ?? {}
  return [
    requests === null ? '-' : `${requests.toLocaleString('en')} requests`,
    latency === null ? '-' : `${Math.round(latency).toLocaleString('en')} ms`,
    errorRate === null ? '-' : `${(errorRate * 100).toFixed(1)} %`,
  ]
}

type Prices = NonNullable<ExplainedTarget['prices']>

/** A price by the size of the prompt is shown where it begins. */
function inUsd(price: Prices['input'] | undefined): string {
  if (price === undefined) return '-'
  const digits = { minimumFractionDigits: 2, maximumFractionDigits: 4 }
  if (typeof price === 'number') return price.toLocaleString('en', digits)
  return `from ${price.base.toLocaleString('en', digits)}`
}
