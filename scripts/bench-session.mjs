// @ts-check
// node scripts/bench-session.mjs [--actors 2] [--seconds 3] [--universal 1000] [--dim 64] [--queries 64] [--json]
// Latency of a session's batches as its callers see it, and throughput, at 1, 2 and 4 concurrent callers; each asks the next
// batch when the last one is answered. Half of the queries point near a key of U, the others anywhere.
import { scriptArguments } from './script-arguments.mjs'
import { sessionLatency } from '#coordinator/bench/session-latency'

const { values } = scriptArguments({
  options: {
    actors: { type: 'string' },
    seconds: { type: 'string', default: '3' },
    universal: { type: 'string', default: '1000' },
    dim: { type: 'string', default: '64' },
    queries: { type: 'string', default: '64' },
    json: { type: 'boolean', default: false },
  },
})
const { latencies, ...found } = await sessionLatency({
  universal: Number(values.universal),
  dim: Number(values.dim),
  queries: Number(values.queries),
  seconds: Number(values.seconds),
  callers: [1, 2, 4],
  ...(values.actors === undefined ? {} : { actors: Number(values.actors) }),
})
if (values.json) console.log(JSON.stringify(latencies))
else {
  const { queries, universal, dim, epsilon, actors, pairs } = found
  console.log(
    `${queries} queries a call, |U| = ${universal}, d = ${dim}, epsilon ${epsilon.toFixed(4)}, ${actors} actors; ${pairs} pairs in the first batch`,
  )
  for (const { callers, p50Ms, p99Ms, queriesPerSecond } of latencies)
    console.log(
      `${callers} callers  p50 ${p50Ms.toFixed(2)} ms  p99 ${p99Ms.toFixed(2)} ms  ${queriesPerSecond} queries/s`,
    )
}
