// @ts-check
// node scripts/measure-heads.mjs [--check | --own]
// docs/heads.md: what selections of keys hold of real attention heads, by the command itself: the heads of examples/data, and those
// of ../shared/data where these lie beside the repository. --check: says whether the file is what would be written; --own:
// prints the table of the heads of examples/data.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * @typedef {object} Head
 * @property {string} name
 * @property {string} model
 * @property {{ queries: string, keys: string, values: string }} files
 * @property {string[]} mask options that say what its queries see
 *
 * @typedef {{ select: string, keep: number | null, massMean: number, uniformMass: number, outputErrorMean?: number }} Held
 *
 * @typedef {object} Measured
 * @property {Head} head
 * @property {number} n
 * @property {number} d
 * @property {number} pairs
 * @property {number} heavyMass
 * @property {number} negative
 * @property {Map<string, Held>} held
 */

const root = fileURLToPath(new URL('..', import.meta.url))
const cli = join(root, 'packages/coordinator/bin/levattention.mjs')
const OUT = join(root, 'docs/heads.md')
const KEEP = 32
const RULES = [
  'leverage',
  'norm-max',
  'norm-min',
  'random',
  'kmeans',
  'query-moments',
  'sampled-queries',
  'accumulated',
  'best',
]
const MODELS = {
  vit: 'MobileViT-XXS',
  use: 'Universal Sentence Encoder Lite',
  lm: 'stories260K (causal)',
  ocr: 'PP-OCRv4 recogniser',
}

/** @returns {Head[]} */
function ownHeads() {
  return [
    {
      name: 'ocr-line0-n512-L0-h0',
      model: 'ocr',
      files: filesIn(join(root, 'examples/data/ocr')),
      mask: [],
    },
    {
      name: 'use-moby-n512-L1-h1',
      model: 'use',
      files: filesIn(join(root, 'examples/data/use-lite/head')),
      mask: [],
    },
  ]
}

/** @param {string} folder */
function filesIn(folder) {
  const [queries, keys, values] = ['queries', 'keys', 'values'].map((name) => join(folder, `${name}.npy`))
  return { queries, keys, values }
}

/** @returns {Head[]} */
function sharedHeads() {
  const folder = join(root, '../shared/data/real')
  if (!existsSync(join(folder, 'manifest.json'))) return []
  /** @type {{ entries: { name: string, causal: boolean, segment: number | null, files: object }[] }} */
  const { entries } = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'))
  return entries.flatMap((entry) => {
    const { name } = entry
    if (!('q' in entry.files && 'v' in entry.files)) return []
    const path = join(folder, name)
    const files = { queries: `${path}.q.npy`, keys: `${path}.k.npy`, values: `${path}.v.npy` }
    const mask = [
      ...(entry.causal ? ['--causal'] : []),
      ...(entry.segment ? ['--segment', `${entry.segment}`] : []),
    ]
    return [{ name, model: name.split('-')[0], files, mask }]
  })
}

/** @param {string[]} args */
function levattention(...args) {
  const printed = execFileSync(process.execPath, [cli, ...args, '--json', '--quiet'], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  })
  return JSON.parse(printed)
}

/**
 * @param {Head} head
 * @returns {Measured}
 */
function measured(head) {
  process.stderr.write(`${head.name}\n`)
  const { queries, keys, values: own } = head.files
  const inputs = ['--queries', queries, '--keys', keys]
  const values = ['--values', own]
  const found = levattention('run', '--attention', 'softmax', ...inputs, ...head.mask)
  const rules = ['--keep', `${KEEP}`, '--select', RULES.join(','), '--holdout']
  const coverage = levattention('coverage', ...inputs, ...values, ...head.mask, ...rules)
  const wide = levattention(
    'coverage',
    ...inputs,
    ...values,
    ...head.mask,
    '--keep',
    '64',
    '--select',
    'leverage',
  )
  const clusters = ['--keep', '32', '--select', 'leverage+rest', '--rest-clusters', '32']
  const rest = levattention('coverage', ...inputs, ...values, ...head.mask, ...clusters)
  /** @type {Map<string, Held>} */
  const held = new Map()
  for (const { heads } of [coverage, wide, rest])
    for (const one of heads[0].selections) held.set(`${one.select} ${one.keep}`, one)
  return {
    head,
    n: found.n,
    d: found.d,
    pairs: found.pairs,
    heavyMass: found.heavyMassMean,
    negative: found.negativeDotShare ?? 0,
    held,
  }
}

const percent = (/** @type {number | undefined} */ share) =>
  share === undefined ? '–' : (100 * share).toFixed(share < 0.0995 ? 1 : 0)
const decimal = (/** @type {number | undefined} */ value) => (value === undefined ? '–' : value.toFixed(2))
const mean = (/** @type {readonly number[]} */ values) =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)

/**
 * @param {string[]} titles
 * @param {string[][]} rows
 */
function table(titles, rows) {
  return [titles, titles.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

/** @param {readonly Measured[]} all */
function massTable(all) {
  const line = (/** @type {string} */ name, /** @type {readonly Measured[]} */ some) => [
    name,
    ...RULES.map((rule) => percent(mean(some.map(({ held }) => held.get(`${rule} ${KEEP}`)?.massMean ?? 0)))),
    percent(mean(some.map(({ held }) => held.get(`leverage ${KEEP}`)?.uniformMass ?? 0))),
  ]
  const models = [...new Set(all.map(({ head }) => head.model))]
  return table(
    ['', ...RULES, 'equal weights'],
    [
      ...all.map((one) => line(`${one.head.name} (n = ${one.n}, d = ${one.d})`, [one])),
      ...models.map((model) => {
        const some = all.filter(({ head }) => head.model === model)
        return line(`**${MODELS[/** @type {keyof typeof MODELS} */ (model)]}, mean of ${some.length}**`, some)
      }),
      line(`**all ${all.length}**`, all),
    ],
  )
}

/** @param {readonly Measured[]} all */
function errorTable(all) {
  const cells = (/** @type {readonly Measured[]} */ some) => {
    const of = (/** @type {string} */ key) =>
      mean(some.map(({ held }) => held.get(key)?.outputErrorMean ?? NaN))
    const [wide, rest] = [of('leverage 64'), of('leverage+rest 32')]
    return [
      decimal(wide),
      decimal(rest),
      decimal(rest / wide),
      decimal(of(`best ${KEEP}`)),
      decimal(of(`random ${KEEP}`)),
    ]
  }
  const models = [...new Set(all.map(({ head }) => head.model))]
  return table(
    ['', 'leverage, 64 keys', '32 keys and 32 clusters', 'of it', `best, ${KEEP}`, `random, ${KEEP}`],
    [
      ...all.map((one) => [one.head.name, ...cells([one])]),
      ...models.map((model) => [
        `**${MODELS[/** @type {keyof typeof MODELS} */ (model)]}**`,
        ...cells(all.filter(({ head }) => head.model === model)),
      ]),
    ],
  )
}

/** @param {readonly Measured[]} all */
function pairsTable(all) {
  return table(
    ['', 'pairs of at least 1 %', 'a query', 'they hold, %', 'q.k < 0, %'],
    all.map(({ head, n, pairs, heavyMass, negative }) => [
      head.name,
      pairs.toLocaleString('en'),
      (pairs / n).toFixed(1),
      percent(heavyMass),
      percent(negative),
    ]),
  )
}

/**
 * Rules by the mean of their mass over all heads.
 * @param {readonly Measured[]} all
 */
function order(all) {
  const of = (/** @type {string} */ rule) =>
    mean(all.map(({ held }) => held.get(`${rule} ${KEEP}`)?.massMean ?? 0))
  return [...RULES].sort((a, b) => of(a) - of(b)).map((rule) => `${rule} ${percent(of(rule))}`)
}

/** @param {readonly Measured[]} own @param {readonly Measured[]} shared */
function page(own, shared) {
  const all = shared.length > 0 ? shared : own
  const parts = [
    '# Real attention heads',
    'Made by `node scripts/measure-heads.mjs`; every number is one of the commands `coverage` and `run --attention softmax`. None of these heads was trained for a selection of its keys: see [theory.md](theory.md) section 7.',
    `What ${KEEP} keys hold of the softmax attention of queries that were not used to choose them (\`--holdout\`; \`best\` is the best ${KEEP} keys of each query by itself, \`accumulated\` the keys that the other half of the queries attends to most), in per cent, the mean over queries:`,
    '## Heads of this repository',
    massTable(own),
  ]
  if (shared.length > 0)
    parts.push(
      `## ${shared.length} heads of four models`,
      massTable(shared),
      `By their mean, from the worst: ${order(shared).join(', ')}.`,
    )
  parts.push(
    '## What is left out',
    'The mean over queries of abs(o - o_full)/abs(o_full), o the output of attention over the selection alone: with 64 keys of largest leverage, with 32 of them and the others as 32 clusters (`--select leverage+rest --rest-clusters 32`), and beside these the best and random keys.',
    errorTable(all),
    '## Heavy pairs',
    'Of exact softmax attention, at epsilon 0.01 (`run --attention softmax`):',
    pairsTable(all),
  )
  return `${parts.join('\n\n')}\n`
}

const own = ownHeads().map(measured)
if (process.argv.includes('--own')) console.log(massTable(own))
else {
  const text = page(own, sharedHeads().map(measured))
  if (!process.argv.includes('--check')) writeFileSync(OUT, text)
  else if (readFileSync(OUT, 'utf8') !== text) {
    console.error('docs/heads.md is not what node scripts/measure-heads.mjs writes')
    process.exit(1)
  }
}
