import { expect } from 'vitest'

import type { ServedGateway } from '../helpers/serve.ts'
import type { Answered } from './busy-clients.ts'

interface Sums {
  readonly count: number
  readonly input: number
  readonly output: number
}

const SUMS = `count(*) as count, coalesce(sum(tokens_input), 0)::float8 as input,
  coalesce(sum(tokens_output), 0)::float8 as output`

/**
 * Holds the ledger to what clients saw: each request that was answered is there once, with the
 * tokens that its client was told; and the report is the sum of all rows.
 */
export async function expectExactLedger(
  gateway: ServedGateway,
  answered: readonly Answered[],
): Promise<void> {
  // The report is made of all rows, so it brings those that wait into the table first.
  const { total } = (await gateway.ask('/usage/total', {})).body
  const ids = answered.map(({ requestId }) => requestId)
  expect(new Set(ids).size).toBe(ids.length)

  const [seen] = await gateway.query<Sums>(
    `select ${SUMS} from requests where request_id = any($1) and status = 'success'`,
    [ids],
  )
  expect(seen).toEqual({
    count: answered.length,
    input: answered.reduce((sum, { inputTokens }) => sum + inputTokens, 0),
    output: answered.reduce((sum, { outputTokens }) => sum + outputTokens, 0),
  })

  const [all] = await gateway.query<Sums & { rows: number; cost: string }>(
    `select ${SUMS}, count(distinct request_id) as rows, sum(cost)::float8 as cost from requests`,
  )
  expect(all?.rows).toBe(all?.count)
  expect(total).toMatchObject({
    total_input_tokens: all?.input,
    total_output_tokens: all?.output,
    total_cost: all?.cost,
  })
}
