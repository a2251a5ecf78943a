// @ts-check
// Softmax attention as a library: its heaviest pairs, what keys of large leverage hold of it beside random and the best ones, and
// attention over these keys alone. Writes nothing.
//   node examples/softmax.mjs [QUERIES.npy KEYS.npy VALUES.npy [KEEP]]
import { fileURLToPath } from 'node:url'
import { openMatrix } from '@levattention/core'
import { levattention } from '@levattention/coordinator'

/** @param {string} name */
const ocr = (name) => fileURLToPath(new URL(`data/ocr/${name}.npy`, import.meta.url))
const [queriesPath = ocr('queries'), keysPath = ocr('keys'), valuesPath = ocr('values'), keepText = '32'] =
  process.argv.slice(2)
const [queries, keys, values] = [queriesPath, keysPath, valuesPath].map((path) => openMatrix(path))
const keep = Number(keepText)
const lev = await levattention({ workers: 2 })
try {
  await printHeaviest(5)
  await printCoverage(['leverage', 'random', 'best'])
  await printAttention()
} finally {
  await lev.close()
  for (const matrix of [queries, keys, values]) matrix.close()
}

/**
 * The pairs of the largest shares A_ij of all queries.
 * @param {number} count
 */
async function printHeaviest(count) {
  const pairs = []
  for await (const batch of lev.softmaxPairs({ queries, keys }, { top: count }))
    for (let i = 0; i < batch.queryCount; i++)
      for (let at = batch.offsets[i]; at < batch.offsets[i + 1]; at++)
        pairs.push({ query: batch.queryStart + i, key: batch.keyIds[at], share: batch.scores[at] })
  pairs.sort((a, b) => b.share - a.share)
  for (const { query, key, share } of pairs.slice(0, count))
    console.log(`query ${query}  key ${key}  ${fraction(share)} of its attention`)
}

/** @param {string[]} select */
async function printCoverage(select) {
  const { heads } = await lev.coverage({ queries, keys, values }, { select, keep: [keep] })
  for (const { select: rule, massMean, outputErrorMean } of heads[0].selections)
    console.log(
      `${keep} keys by ${rule}: ${fraction(massMean)} of a query's attention, outputs off by ${fraction(outputErrorMean)}`,
    )
}

/** Over the keys of the largest leverage, local keys beside them. */
async function printAttention() {
  let [rows, largest] = [0, 0]
  for await (const { output, lse } of lev.attend(
    { queries, keys, values },
    { selection: { keep, local: 2 } },
  )) {
    rows += lse.length // output: [lse.length, values.cols]
    for (const value of output) largest = Math.max(largest, Math.abs(value))
  }
  console.log(
    `attention over ${keep} keys and local ones: ${rows} outputs, none beyond ${largest.toPrecision(3)}`,
  )
}

/** @param {number | null | undefined} share */
function fraction(share) {
  return (share ?? NaN).toFixed(3)
}
