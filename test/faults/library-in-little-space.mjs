// @ts-check
// Run as a program: every kind of thread that the library starts, with the workers that are asked for. Prints what it finds.
import { matrix, openMatrix } from '@levattention/core'
import { levattention } from '@levattention/coordinator'

const [path, workers] = process.argv.slice(2)
const lev = await levattention({ workers: Number(workers) })
const keys = openMatrix(path)
const universal = await lev.universalSet(keys, { epsilon: 0.01 })
const rows = new Float32Array(10 * keys.cols)
keys.readRows(0, 10, rows)
let pairs = 0
const queries = matrix(rows, { rows: 10, cols: keys.cols })
for await (const batch of lev.heavyAttentions(universal, queries, { keys })) pairs += batch.keyIds.length
const session = await lev.session(universal)
const answer = await session.query(rows)
const live = await lev.liveSummary({ dim: keys.cols, epsilon: 0.01 })
const absorbed = await live.push(rows)
console.log(universal.rowIds.length, pairs, answer.rowIds.length, absorbed)
await lev.close()
keys.close()
