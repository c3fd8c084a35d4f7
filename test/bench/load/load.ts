/** One process of the load generator: does one job at a time as the run tells it to. */
import { endWithRun, hearRun, tellRun } from '../messages.ts'
import { runClosedLoop } from './closed-loop.ts'
import { runFixedRate } from './fixed-rate.ts'
import { isLoadCommand, type LoadJob } from './protocol.ts'
import { runStreams } from './streams.ts'
import { createTally, type Tally } from './tally.ts'

let tally = createTally()
let stop = (): void => {}

function close(): void {
  stop()
  stop = () => {}
  tellRun(tally.report())
}

function start(job: LoadJob, jobTally: Tally): () => void {
  switch (job.kind) {
    case 'closed-loop':
      return runClosedLoop(job, jobTally, () => {
        if (job.requests !== undefined) close()
      })
    case 'fixed-rate':
      return runFixedRate(job, jobTally)
    case 'streams':
      return runStreams(job, jobTally)
  }
}

hearRun(isLoadCommand, (command) => {
  if (command.kind === 'start') {
    tally = createTally()
    stop = start(command.job, tally)
  } else if (command.kind === 'open') tally.open()
  else close()
})
endWithRun()
