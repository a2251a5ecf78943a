// @ts-check
// A day with the command, in one program: node examples/library-day.mjs [FOLDER]
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { concatMatrices, isLevError, openMatrix, openUniversalSet } from '@levattention/core'
import { levattention, saveUniversalSet } from '@levattention/coordinator'

const folder = process.argv[2] ?? mkdtempSync(join(tmpdir(), 'lev-day-'))
const data = (/** @type {string} */ name) => openMatrix(join(import.meta.dirname, `data/ocr/${name}.npy`))
const [keys, queries, values] = [data('keys'), data('queries'), data('values')]
const fraction = (/** @type {number} */ share) => share.toFixed(3)
const lev = await levattention({ workers: 2 })
try {
  // levattention curve K.npy
  const { points, maxBound = 0 } = await lev.curve(keys)
  const small = points.find(({ universalSize }) => universalSize > 0)
  console.log(
    `curve: no query gives any key more than ${fraction(maxBound)}; U has keys from ${small?.epsilon} on`,
  )
  // levattention build K.npy --epsilon 0.03 --out u.lev
  const universal = await lev.universalSet(keys, { epsilon: 0.03 })
  const file = join(folder, 'u.lev')
  await saveUniversalSet(universal, file, { force: true })
  console.log(`build: ${openUniversalSet(file).rowIds.length} of ${keys.rows} keys`)
  // levattention merge a.lev b.lev --out all.lev
  const later = await lev.universalSet(concatMatrices([keys]), { epsilon: 0.03, rowOffset: keys.rows })
  const both = await lev.merge([file, later])
  console.log(`merge: ${both.rowIds.length} of ${both.rowCount} keys`)
  // levattention query --universal u.lev --queries Q.npy --keys K.npy --out heavy.csv
  const lines = ['query,key,score,dot']
  for await (const hits of lev.heavyAttentions(universal, queries, { keys }))
    for (let i = 0; i < hits.queryCount; i++)
      for (let at = hits.offsets[i]; at < hits.offsets[i + 1]; at++)
        lines.push([hits.queryStart + i, hits.keyIds[at], hits.scores[at], hits.dots[at]].join(','))
  const heavy = join(folder, 'heavy.csv')
  writeFileSync(heavy, `${lines.join('\n')}\n`)
  // levattention verify --keys K.npy --queries Q.npy --heavy heavy.csv --epsilon 0.03
  const { ok, pairs } = await lev.verify({ keys, queries, heavy }, { epsilon: 0.03 })
  console.log(`verify: ${pairs} heavy pairs, ${ok ? 'none missed, extra or wrong' : 'and one is wrong'}`)
  // levattention scores K.npy --out tau.npy; levattention sample K.npy --rows 64 --out s.npz
  const tau = new Float64Array(keys.rows)
  for await (const { rowStart, scores } of lev.scores(keys)) tau.set(scores, rowStart)
  const { rowIds } = await lev.sample(keys, { rows: 64 })
  console.log(
    `scores: they sum to ${tau.reduce((sum, score) => sum + score, 0).toFixed(3)}; ${rowIds.length} rows drawn`,
  )
  // levattention attend ... --keep 32; levattention coverage ... --keep 32
  let rows = 0
  for await (const { output } of lev.attend({ queries, keys, values }, { selection: { keep: 32 } }))
    rows += output.length / values.cols
  const { heads } = await lev.coverage({ queries, keys }, { select: ['leverage'], keep: [32] })
  console.log(
    `attend: ${rows} outputs over 32 keys, which hold ${fraction(heads[0].selections[0].massMean ?? 0)}`,
  )
  const stopped = lev.universalSet(keys, { signal: AbortSignal.abort() }).catch((error) => error)
  console.log(`stopped: ${(await stopped).name}, a LevError: ${isLevError(await stopped, 'Aborted')}`)
} finally {
  await lev.close()
}
