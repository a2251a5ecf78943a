// @ts-check
// node scripts/performance.mjs [--from A.json,B.json] [-- options of bench]
// Measures (levattention bench --full, about ten minutes on a quiet machine) and writes docs/performance.md with its pictures,
// docs/performance/bench.json and the README’s figures; --from: of what was measured before, whose cases are joined; of equal ones the last counts,
// for all else the first.
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { scriptArguments } from './script-arguments.mjs'
import { format, resolveConfig } from 'prettier'
import { stageShares } from '#coordinator/bench/stages'
import { COMMAND, ROOT } from '../test/support/command.mjs'
import { performancePage } from './performance/page.mjs'
import { withFigures } from './performance/readme.mjs'

/** @typedef {import('./performance/find.mjs').Facts} Facts */

const { values, positionals } = scriptArguments({
  options: { from: { type: 'string' } },
  allowPositionals: true,
})
const docs = join(ROOT, 'docs')
const pictures = join(docs, 'performance')

/** @returns {Facts} */
function measured() {
  const args = [COMMAND, 'bench', '--full', '--json', ...positionals]
  const { status, stdout } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    maxBuffer: 2 ** 27,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (status !== 0) throw new Error(`levattention bench ended with ${status}: ${stdout}`)
  return JSON.parse(stdout)
}

/**
 * @param {readonly Facts[]} all
 * @returns {Facts}
 */
function joined(all) {
  /** @type {Map<string, Facts['cases'][number]>} */
  const cases = new Map()
  for (const one of all.flatMap((facts) => facts.cases))
    cases.set([one.kind, one.n, one.d, one.m, one.epsilon].join(), one)
  const skipped = [
    ...new Map(all.flatMap((facts) => facts.skipped).map((one) => [`${one.what}: ${one.why}`, one])).values(),
  ]
  /** @type {Facts} */
  const whole = Object.assign({}, ...all.toReversed(), { cases: [...cases.values()], skipped })
  const { roofline } = whole
  if (roofline === undefined) return whole
  // Of cases that were measured at other times as well.
  return { ...whole, roofline: { ...roofline, stages: stageShares(whole.cases, roofline.ceilings) } }
}

const facts = joined(
  values.from?.split(',').map((path) => JSON.parse(readFileSync(path, 'utf8'))) ?? [measured()],
)
const { text, figures } = performancePage(facts)
mkdirSync(pictures, { recursive: true })
for (const [name, svg] of figures) writeFileSync(join(pictures, name), svg)
writeFileSync(join(docs, 'performance.md'), text)
const readme = join(ROOT, 'README.md')
writeFileSync(readme, withFigures(readFileSync(readme, 'utf8'), facts))
const record = join(pictures, 'bench.json')
writeFileSync(
  record,
  await format(JSON.stringify(facts), { ...(await resolveConfig(record)), parser: 'json' }),
)
console.log(
  `docs/performance.md, ${figures.length} pictures, the README’s figures; measured: docs/performance/bench.json`,
)
