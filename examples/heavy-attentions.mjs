// @ts-check
// Heavy attentions as a library: node examples/heavy-attentions.mjs KEYS.npy QUERIES.npy
import { openMatrix } from '@levattention/core'
import { levattention } from '@levattention/coordinator'

const [keysPath = 'examples/data/ocr/keys.npy', queriesPath = 'examples/data/ocr/queries.npy'] =
  process.argv.slice(2)
const keys = openMatrix(keysPath)
const queries = openMatrix(queriesPath)
const lev = await levattention({ workers: 2 })
try {
  const universal = await lev.universalSet(keys, { epsilon: 0.03 })
  console.log(
    `${universal.rowIds.length} of ${keys.rows} keys can ever take 0.03 of a query's |q.k|^2 attention`,
  )
  for await (const hits of lev.heavyAttentions(universal, queries, { keys })) {
    for (let i = 0; i < hits.queryCount; i++) {
      for (let at = hits.offsets[i]; at < hits.offsets[i + 1]; at++) {
        console.log(`query ${hits.queryStart + i}  key ${hits.keyIds[at]}  ${hits.scores[at].toFixed(3)}`)
      }
    }
  }
} finally {
  await lev.close()
  keys.close()
  queries.close()
}
