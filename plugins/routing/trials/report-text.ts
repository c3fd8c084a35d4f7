import { inColumns } from './columns.ts'
import type { Comparison, Report } from './report.ts'
import type { Verdict } from './thresholds.ts'

/** A report for people. */
export function reportText(report: Report, verdicts: readonly Verdict[]): string {
  const { replayed } = report.requests
  if (replayed === 0) return nothingToReplay(report)
  return [
    headline(report),
    ...(report.moves.length > 0 ? [movesTable(report)] : []),
    ...(report.refusals.length > 0 ? [refusals(report)] : []),
    changes(report),
    targetsTable(report),
    ...(verdicts.length > 0 ? [verdicts.map(verdictLine).join('\n')] : []),
  ].join('\n\n')
}

function nothingToReplay({ start_time: start, end_time: end, requests }: Report): string {
  const window = `between ${start} and ${end}`
  if (requests.not_routed === 0) return `No recorded request matches ${window}.`
  return `None of the ${count(requests.not_routed)} recorded requests ${window} was sent to a model.`
}

function headline(report: Report): string {
  const { router, start_time: start, end_time: end, requests } = report
  const { replayed, moved, refused } = requests
  const lines = [
    `${count(replayed)} requests from ${start} to ${end}, routed by ${router}.`,
    `${count(moved)} would move (${percent(moved / replayed)}), ${count(replayed - moved - refused)} stay.`,
  ]
  if (refused > 0)
    lines.push(`${count(refused)} would be refused (${percent(refused / replayed)}).`)
  if (requests.without_body > 0) {
    lines.push(
      `${count(requests.without_body)} have no stored body: only their features were routed.`,
    )
  }
  if (requests.not_routed > 0) {
    lines.push(`${count(requests.not_routed)} more reached no model then, and are left out.`)
  }
  if (report.stopped_by === 'limit') lines.push('There are more: the limit of requests is reached.')
  if (report.stopped_by === 'time') lines.push('There may be more: the time was up.')
  if (report.stopped_by === 'signal') lines.push('There may be more: it was stopped.')
  return lines.join('\n')
}

function movesTable({ moves }: Report): string {
  const rows = moves.map((move) => [
    move.from,
    move.to,
    count(move.requests),
    usd(move.cost_before),
    usd(move.cost_after),
    move.unpriced === 0 ? '' : `${count(move.unpriced)} unpriced`,
  ])
  const head = ['FROM', 'TO', 'REQUESTS', 'COST BEFORE', 'COST AFTER', '']
  return inColumns([head, ...rows], [2, 3, 4])
}

function refusals({ refusals: all }: Report): string {
  const rows = all.map(({ requests, code, message }) => [count(requests), code, message])
  return inColumns([['REFUSED', 'CODE', 'MESSAGE'], ...rows], [0])
}

function changes({ cost, latency, errors, requests }: Report): string {
  const share = ({ unknown }: Comparison): string =>
    unknown === 0 ? '' : `unknown for ${percent(unknown / requests.replayed)} of the requests`
  return inColumns(
    [
      ['', 'BEFORE', 'AFTER', 'CHANGE', ''],
      ['cost', usd(cost.before), usd(cost.after), relative(cost), share(cost)],
      ['latency', ms(latency.before), ms(latency.after), relative(latency), share(latency)],
      ['errors', rate(errors.before), rate(errors.after), points(errors), share(errors)],
    ],
    [1, 2, 3],
  )
}

function targetsTable({ targets }: Report): string {
  const rows = targets.map(({ target, requests, latency, error_rate: errorRate }) => [
    target,
    count(requests),
    ms(latency),
    rate(errorRate),
  ])
  return inColumns([['TARGET', 'TRIES', 'LATENCY', 'ERRORS'], ...rows], [1, 2, 3])
}

const OUTCOMES = {
  kept: 'is kept',
  exceeded: 'is exceeded',
  unknown: 'can not be judged: nothing is known',
}

function verdictLine({ threshold, allowed, outcome }: Verdict): string {
  return `The threshold of ${allowed} ${threshold} ${OUTCOMES[outcome]}.`
}

function relative({ before, after }: Comparison): string {
  if (before === null || after === null) return '-'
  if (before === 0) return after === 0 ? '+0.0 %' : 'from nothing'
  return signed((after / before - 1) * 100, ' %')
}

function points({ before, after }: Comparison): string {
  return before === null || after === null ? '-' : signed((after - before) * 100, ' points')
}

function signed(value: number, unit: string): string {
  return `${value < 0 ? '' : '+'}${value.toFixed(1)}${unit}`
}

function count(number: number): string {
  return number.toLocaleString('en')
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`
}

function usd(amount: number | null): string {
  return amount === null
    ? '-'
    : `$${amount.toLocaleString('en', { minimumFractionDigits: 2, maximumFractionDigits: 6 })}`
}

function ms(value: number | null): string {
  if (value === null) return '-'
  return `${value < 10 ? value.toFixed(1) : Math.round(value).toLocaleString('en')} ms`
}

function rate(share: number | null): string {
  return share === null ? '-' : percent(share)
}
