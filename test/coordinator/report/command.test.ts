// Catches: a page that says other numbers than the commands, inputs that are read in another way than by them, outputs left behind by a refusal.
// Cannot catch: wrong numbers of the commands; their own tests do.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { npyHeader } from '@levattention/core/internal'
import { execFileSync, spawnSync } from 'node:child_process'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { Workspace } from '../cli/bin.ts'
import { jsonHere, runHere } from '../cli/in-process.ts'
import { share } from '#coordinator/report/draw/numbers'
import { npyBytes, readNpyMatrix } from '../../support/npy.mjs'
import { Random } from '../../support/random.mjs'

// A page takes several commands.
vi.setConfig({ testTimeout: 120_000 })
const work = new Workspace()
afterAll(() => work.remove())

const HEAD = ['--queries', 'Q.npy', '--keys', 'K.npy']
const read = (name: string) => readFileSync(work.path(name), 'utf8')

/** A Python that has both. */
const python = ['python3', '/usr/bin/python3'].find(
  (one) => spawnSync(one, ['-c', 'import numpy, scipy.sparse']).status === 0,
)

/** Of the head's keys. */
const N = 160

beforeAll(() => {
  const data = fileURLToPath(new URL('../../../examples/data/ocr/', import.meta.url))
  for (const [name, file] of [
    ['queries', 'Q'],
    ['keys', 'K'],
    ['values', 'V'],
  ]) {
    const { cols, data: all } = readNpyMatrix(`${data}${name}.npy`)
    writeFileSync(work.path(`${file}.npy`), npyBytes([N, cols], Float32Array.from(all.subarray(0, N * cols))))
  }
  const random = new Random(3)
  const heads = (rows: number) =>
    npyBytes(
      [3, 2, rows, 8],
      Float32Array.from({ length: 3 * 2 * rows * 8 }, () => random.normal()),
    )
  writeFileSync(work.path('Q4.npy'), heads(40))
  writeFileSync(work.path('K4.npy'), heads(40))
})

test('of inputs: |U|, pairs, masses and errors are those of run and coverage', async () => {
  const made = await runHere(
    work,
    'report',
    ...HEAD,
    '--values',
    'V.npy',
    '--epsilon',
    '0.05',
    '--out',
    'r.html',
    '--svg',
    'plots',
  )
  expect(made.exitCode, made.stderr).toBe(0)
  const page = read('r.html')
  const power = await jsonHere(work, 'run', ...HEAD, '--epsilon', '0.05')
  expect(page).toContain(`${power.universalSize as number} of ${N} keys could take 0.05`)
  const softmax = await jsonHere(work, 'run', '--attention', 'softmax', ...HEAD, '--epsilon', '0.05')
  expect(page).toContain(
    `${softmax.pairs as number} softmax-heavy`.replace(/^(\d+) /, (_, n: string) => `${n} pairs are `),
  )
  const { heads } = (await jsonHere(work, 'coverage', ...HEAD, '--values', 'V.npy', '--keep', '32')) as {
    heads: { selections: { select: string; massMean: number; outputErrorMean: number }[] }[]
  }
  const [{ selections }] = heads
  const held = (select: string) => selections.find((one) => one.select === select)!
  expect(page).toContain(`Chosen by leverage <b>${share(held('leverage').massMean)}</b>`)
  expect(page).toContain(`the best 32 of each query ${share(held('best').massMean)}`)
  expect(page).toContain(`off by ${share(held('leverage').outputErrorMean)} of its own length`)
  expect(work.list('plots')).toEqual(
    expect.arrayContaining(['scores.svg', 'size.svg', 'mass.svg', 'pairs-softmax.svg', 'held.svg']),
  )
})

test('of a matrix: |U| at each epsilon is what curve counts', async () => {
  await runHere(work, 'report', 'K.npy', '--epsilon', '0.05', '--out', 'k.html')
  const { curve } = (await jsonHere(work, 'curve', 'K.npy')) as {
    curve: { epsilon: number; universalSize: number }[]
  }
  const size = curve.find(({ epsilon }) => epsilon === 0.05)!.universalSize
  expect(read('k.html')).toContain(`${size} of ${N} rows could take 0.05`)
})

test('columns that nearly depend on one another: warned of as scores does, beside the rank', async () => {
  const random = new Random(5)
  const rows = Array.from({ length: 100 }, () => [random.normal(), random.normal()])
  const dependent = rows.flatMap(([a, b]) => [a, b, a + b])
  writeFileSync(work.path('dep.npy'), npyBytes([100, 3], Float64Array.from(dependent)))
  const percents = rows.map(([a, b]) => `${a},${b},${100 - 100 * a}`)
  writeFileSync(work.path('pct.csv'), `a,b,pct\n${percents.join('\n')}\n`)
  for (const input of [['dep.npy'], ['pct.csv', '--intercept']]) {
    const warned = await jsonHere(work, 'scores', ...input, '--out', 's.npy', '--force')
    const own = await jsonHere(work, 'report', ...input, '--out', 'dep.html', '--force')
    expect(own.warnings).toEqual(warned.warnings)
    const { message } = (own.warnings as { code: string; message: string }[]).find(
      ({ code }) => code === 'nearly-dependent',
    )!
    const page = read('dep.html')
    expect(page).toContain(`<li>${message}</li>`)
    expect(page).toMatch(/The rank is (\d) as far as sums in float64 tell, and (\d) for programs/)
    const { stderr } = await runHere(work, 'report', ...input, '--out', 'dep.html', '--force')
    expect(stderr.replaceAll(/\s+/g, ' ')).toContain(`warning: ${message}`)
  }
})

test('of heads: every head by itself, called by layer and head', async () => {
  const made = await runHere(
    work,
    'report',
    '--queries',
    'Q4.npy',
    '--keys',
    'K4.npy',
    '--layout',
    'lhnd',
    '--heads',
    'all',
    '--epsilon',
    '0.3',
    '--out',
    'h.html',
  )
  expect(made.exitCode, made.stderr).toBe(0)
  const page = read('h.html')
  for (const name of ['L0 h0', 'L2 h1']) expect(page).toContain(`>${name}</a>`)
  expect(page.match(/<details(?: open)?>/g)).toHaveLength(6)
})

test('of results on disk: pairs, a set and coverage of the same head in one page; of others they are refused', async () => {
  await runHere(work, 'run', ...HEAD, '--epsilon', '0.05', '--out', 'heavy.npz', '--universal', 'u.lev')
  await runHere(work, 'run', '--attention', 'softmax', ...HEAD, '--epsilon', '0.05', '--out', 'softmax.npz')
  await runHere(work, 'coverage', ...HEAD, '--out', 'coverage.json')
  const made = await runHere(
    work,
    'report',
    'heavy.npz',
    'softmax.npz',
    'u.lev',
    'coverage.json',
    '--out',
    'd.html',
  )
  expect(made.exitCode, made.stderr).toBe(0)
  const [page, direct] = [read('d.html'), read('r.html')]
  const sentence = /Which keys can matter at all\?.*?\(/.exec(direct)![0]
  expect(page).toContain(sentence)
  for (const plot of ['scores', 'pairs-power', 'pairs-softmax', 'held', 'selections', 'top'])
    expect(page).toContain(`data-plot="${plot}"`)
  await runHere(work, 'generate', 'planted', '--out', 'other', '--n', '600', '--d', '4', '--m', '5')
  await runHere(work, 'build', 'other/K.npy', '--out', 'other.lev')
  const refused = await runHere(work, 'report', 'heavy.npz', 'other.lev', '--out', 'x.html')
  expect([refused.exitCode, refused.stderr]).toEqual([65, expect.stringContaining('belong to the same keys')])
  expect(work.names()).not.toContain('x.html')
})

test('of a folder of heads as run --heads writes it', async () => {
  await runHere(
    work,
    'run',
    '--queries',
    'Q4.npy',
    '--keys',
    'K4.npy',
    '--layout',
    'lhnd',
    '--heads',
    'all',
    '--epsilon',
    '0.3',
    '--out',
    'heads',
  )
  const made = await runHere(work, 'report', 'heads', '--out', 'f.html')
  expect(made.exitCode, made.stderr).toBe(0)
  const page = read('f.html')
  expect(page.match(/<details(?: open)?>/g)).toHaveLength(6)
  // |U| is in heads.csv alone.
  expect(page).toContain('>L2 h1</a>')
  expect(page).toContain('data-l="|U| / n"')
})

test('rows that take no part are in no number of the page', async () => {
  const seen = Uint8Array.from({ length: N }, (_, i) => (i % 4 === 0 ? 0 : 1))
  writeFileSync(work.path('seen.npy'), Buffer.concat([npyHeader('|u1', [N]), seen]))
  const masks = ['--key-rows', '0:120', '--key-mask', 'seen.npy', '--query-rows', '8:160']
  const made = await runHere(work, 'report', ...HEAD, ...masks, '--epsilon', '0.1', '--out', 'm.html')
  expect(made.exitCode, made.stderr).toBe(0)
  const page = read('m.html')
  const power = await jsonHere(work, 'run', ...HEAD, ...masks, '--epsilon', '0.1')
  expect(page).toContain(`${power.universalSize as number} of 90 keys could take 0.1`)
  const softmax = await jsonHere(work, 'run', '--attention', 'softmax', ...HEAD, ...masks, '--epsilon', '0.1')
  expect(page).toContain(`${softmax.pairs as number} pairs are softmax-heavy`)
  const { heads } = (await jsonHere(work, 'coverage', ...HEAD, ...masks, '--keep', '32')) as {
    heads: { selections: { select: string; massMean: number }[] }[]
  }
  const [{ selections }] = heads
  const held = (select: string) => share(selections.find((one) => one.select === select)!.massMean)
  expect(page).toContain(`Chosen by leverage <b>${held('leverage')}</b>`)
  expect(page).toContain(`32 drawn at random ${held('random')}`)
  // Of the keys alone as well: hidden rows have no score.
  const alone = await runHere(
    work,
    'report',
    'K.npy',
    '--key-rows',
    '0:100',
    '--epsilon',
    '0.1',
    '--out',
    'a.html',
  )
  expect(alone.exitCode, alone.stderr).toBe(0)
  const { universalSize } = await jsonHere(
    work,
    'run',
    '--keys',
    'K.npy',
    '--key-rows',
    '0:100',
    '--epsilon',
    '0.1',
  )
  expect(read('a.html')).toContain(`${universalSize as number} of 100 rows could take 0.1`)
})

test('heads that are not finite are left out', async () => {
  const random = new Random(8)
  const numbers = (rows: number) => Float32Array.from({ length: 3 * rows * 4 }, () => random.normal())
  const keys = numbers(40)
  keys[40 * 4 + 6] = NaN
  writeFileSync(work.path('Kbad.npy'), npyBytes([3, 40, 4], keys))
  writeFileSync(work.path('Qall.npy'), npyBytes([3, 30, 4], numbers(30)))
  const asked = ['--queries', 'Qall.npy', '--keys', 'Kbad.npy', '--heads', 'all', '--out', 'bad.html']
  expect((await runHere(work, 'report', ...asked)).exitCode).toBe(65)
  const { exitCode, stderr } = await runHere(work, 'report', ...asked, '--skip-bad-heads')
  expect(exitCode).toBe(0)
  expect(stderr).toContain('levattention report: 2 heads of 40 keys')
})

test('causal and p = 3: the pairs are those of run', async () => {
  const made = await runHere(
    work,
    'report',
    ...HEAD,
    '--causal',
    '--p',
    '3',
    '--epsilon',
    '0.05',
    '--out',
    'c.html',
  )
  expect(made.exitCode, made.stderr).toBe(0)
  const { pairs } = await jsonHere(work, 'run', ...HEAD, '--causal', '--p', '3', '--epsilon', '0.05')
  expect(read('c.html')).toContain(`|q·k|³: ${String(pairs).replace(/\B(?=(\d{3})+$)/g, ',')} heavy pairs`)
  // Queries before the first of 32 keys have their own.
  const { cols, data } = readNpyMatrix(work.path('K.npy'))
  const norms = Array.from({ length: N }, (_, key) =>
    Math.hypot(...data.subarray(key * cols, (key + 1) * cols)),
  )
  await runHere(work, 'scores', 'K.npy', '--out', 'causal.csv')
  const scores = read('causal.csv')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => Number(line.split(',').at(-1)))
  const first = (of: readonly number[]) =>
    Math.min(...[...of.keys()].sort((x, y) => of[y] - of[x] || x - y).slice(0, 32))
  expect(read('c.html')).toMatch(
    new RegExp(
      `at N = 32, of ${N}: most attended \\d+, norm-max ${first(norms)}, norm-min \\d+, leverage ${first(scores)}\\)`,
    ),
  )
})

test('a design of a table: its rows by their names, scored as scores does', async () => {
  const random = new Random(11)
  const lines = Array.from(
    { length: 90 },
    (_, i) => `row-${i},${0.1 + random.uniform()},${random.normal()},${random.normal()}`,
  )
  writeFileSync(work.path('table.csv'), ['name,w,x,y', ...lines, ''].join('\n'))
  const design = ['--id', 'name', '--intercept', '--weight-column', 'w']
  const made = await runHere(work, 'report', 'table.csv', ...design, '--epsilon', '0.05', '--out', 't.html')
  expect(made.exitCode, made.stderr).toBe(0)
  await runHere(work, 'scores', 'table.csv', ...design, '--out', 'tau.csv')
  const scored = read('tau.csv')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(','))
    .sort((a, b) => Number(b[2]) - Number(a[2]))
  const page = read('t.html')
  const size = scored.filter(([, , score]) => Number(score) >= 0.05).length
  expect(page).toContain(`${size} of 90 rows could take 0.05`)
  expect(page).toContain('90 rows x 2 columns and one of ones')
  for (const [row, id, score] of scored.slice(0, 10))
    expect(page).toContain(
      `<td class="n">${row}</td><td class="word">${id}</td><td class="n">${share(Number(score))}</td>`,
    )
  const [[row, id]] = scored
  expect(made.stderr).toContain('levattention report: 90 rows')
  expect(made.stderr).toContain(`${id} (${row})`)
  expect(page).not.toMatch(/\bkeys?\b/)
  // Weights from a file are the same.
  const weights = Float64Array.from(lines, (line) => Number(line.split(',')[1]))
  writeFileSync(work.path('w.npy'), npyBytes([90], weights))
  const again = ['--columns', 'x,y', '--intercept', '--weights', 'w.npy', '--epsilon', '0.05']
  await runHere(work, 'report', 'table.csv', ...again, '--out', 't2.html')
  expect(read('t2.html')).toContain(`${size} of 90 rows could take 0.05`)
})

test('softmax pairs by themselves are told as softmax, first thing', async () => {
  await runHere(work, 'run', '--attention', 'softmax', ...HEAD, '--epsilon', '0.05', '--out', 'only.npz')
  const made = await runHere(work, 'report', 'only.npz', '--out', 'only.html')
  const { pairs } = await jsonHere(work, 'run', '--attention', 'softmax', ...HEAD, '--epsilon', '0.05')
  expect(made.stderr).toContain('Which pairs are heavy by softmax?')
  expect(made.stderr).toContain(`${pairs as number} pairs of ${N} queries`)
  const page = read('only.html')
  expect(page).toContain('<dt>attention</dt><dd>softmax</dd>')
  expect(page).not.toMatch(/q(·|&middot;)k/)
})

test('results that NumPy or SciPy saved again, compressed, make the same page', async (context) => {
  if (python === undefined) context.skip('no python3 with numpy and scipy here')
  await runHere(work, 'run', ...HEAD, '--epsilon', '0.05', '--out', 'p.npz')
  await runHere(work, 'run', '--attention', 'softmax', ...HEAD, '--epsilon', '0.05', '--out', 's.npz')
  await runHere(work, 'build', 'K.npy', '--epsilon', '0.05', '--out', 'u.npz')
  const lines = `import numpy as np, scipy.sparse as sp
for n in 'psu': np.savez_compressed(n + '-c.npz', **dict(np.load(n + '.npz')))
for n in 'ps': sp.save_npz(n + '-s.npz', sp.load_npz(n + '.npz'))`
  execFileSync(python ?? '', ['-c', lines], { cwd: work.folder })
  const pageOf = async (...args: string[]) => {
    const made = await runHere(work, 'report', ...args, '--out', 'again.html', '--force')
    expect(made.exitCode, made.stderr).toBe(0)
    // Without its own name, and what a moment decides.
    return read('again.html')
      .replaceAll(/[psu](-[cs])?\.npz/g, 'F')
      .replaceAll(/<h3>Time.*/gs, '')
      .replaceAll(/>F<|<pre>.*/g, '')
  }
  for (const name of ['p', 's', 'u']) expect(await pageOf(`${name}-c.npz`)).toBe(await pageOf(`${name}.npz`))
  const plain = await runHere(work, 'report', 'p-s.npz', '--out', 'z.html')
  expect([plain.exitCode, plain.stderr]).toEqual([2, expect.stringContaining('as in `--epsilon 0.01`')])
  // Of p other than 2 a matrix alone may be one of estimates.
  const untold = await pageOf('p-s.npz', '--epsilon', '0.05', '--p', '3')
  expect(untold).toContain('does not say how they were made')
  expect(untold).not.toContain('not by a sample')
  for (const [name, ...said] of [['p'], ['s', '--attention', 'softmax']]) {
    const page = await pageOf(`${name}-s.npz`, '--epsilon', '0.05', ...said)
    expect(/<dl>.*?<\/dl>/.exec(page)![0]).toBe(/<dl>.*?<\/dl>/.exec(await pageOf(`${name}.npz`))![0])
  }
})

test('what is found by draws or by sketches is told with its probability, and no pair of an estimate as if it reached epsilon', async () => {
  const asked = [
    ...HEAD,
    '--p',
    '3',
    '--epsilon',
    '0.9',
    '--scores',
    'estimate',
    '--seed',
    '7',
    '--delta',
    '1e-3',
  ]
  await runHere(work, 'run', ...asked, '--out', 'est.npz')
  const drawn = await runHere(work, 'report', 'est.npz', '--out', 'est.html')
  expect(drawn.exitCode, drawn.stderr).toBe(0)
  const chance = 'but with a probability of 0.001 at most, over the seed of its draws (7)'
  expect(drawn.stderr.replaceAll(/\s+/g, ' ')).toContain(`None, ${chance}`)
  const estimates = read('est.html')
  expect(estimates).toContain(`No heavy pair is missed, ${chance}.`)
  expect(estimates).toContain('scores are estimates, and some lie below 0.9')
  expect(estimates).not.toMatch(/not by a sample|All [\d,]+ pairs/)
  await runHere(work, 'build', 'K.npy', '--method', 'sketch', '--epsilon', '0.05', '--out', 'sk.lev')
  await runHere(work, 'build', 'K.npy', '--method', 'sketch', '--epsilon', '0.05', '--out', 'sk.npz')
  await runHere(work, 'query', '--universal', 'sk.lev', '--queries', 'Q.npy', '--out', 'sk-pairs.npz')
  for (const file of ['sk.lev', 'sk.npz', 'sk-pairs.npz']) {
    const made = await runHere(work, 'report', file, '--out', 'sk.html', '--force')
    expect(made.exitCode, made.stderr).toBe(0)
    const page = read('sk.html')
    expect(page, file).toMatch(/but with a probability of \S+ at most, over the seeds of its sketches/)
    expect(page, file).not.toMatch(/not by a sample|The theorem allows/)
    if (file !== 'sk-pairs.npz') expect(page).toContain('<p>Probabilistic, p = 2')
  }
})

test('pairs as text are no table', async () => {
  await runHere(work, 'run', ...HEAD, '--epsilon', '0.3', '--out', 'pairs.csv')
  const { exitCode, stderr } = await runHere(work, 'report', 'pairs.csv', '--out', 'y.html')
  expect([exitCode, stderr.replaceAll(/\s+/g, ' ')]).toEqual([
    65,
    expect.stringContaining('write them as `--out heavy.npz`'),
  ])
})

test.each([
  [[...HEAD, '--intercept', '--out', 'y.html'], '--intercept is about the rows of one table'],
  [['K4.npy', '--heads', 'all', '--weights', 'w.npy', '--out', 'y.html'], 'leave it out, or --heads'],
  [['heavy.npz', '--id', 'name', '--out', 'y.html'], 'leave --id out, or name inputs'],
  [['K.npy', '--attention', 'softmax', '--out', 'y.html'], 'leave it out'],
  [[...HEAD], 'a report is one .html file, as in `--out report.html`'],
  [[...HEAD, '--out', 'r.pdf'], 'a report is one .html file, as in `--out report.html`'],
  [[...HEAD, '--image', 'p.png', '--out', 'y.html'], 'as in `--grid 14x14`'],
  [[...HEAD, '--grid', '12x12', '--out', 'y.html'], '--prefix-tokens 16` fits'],
  [['-', '--out', 'y.html'], '`levattention build - --out u.lev`'],
  [['heavy.npz', '--keys', 'K.npy', '--out', 'y.html'], 'is a result, and --keys names an input'],
  [['heavy.npz', '--key-rows', '0:9', '--out', 'y.html'], 'leave --key-rows out, or name inputs'],
  [['K.npy', '--query-rows', '0:9', '--out', 'y.html'], '--query-rows is about queries'],
  [['K.npy', 'Q.npy', '--out', 'y.html'], 'name inputs by `--queries Q.npy --keys K.npy`'],
])('refused with what to type: %j', async (args, message) => {
  const { exitCode, stderr } = await runHere(work, 'report', ...args)
  expect([exitCode, stderr.replaceAll(/\s+/g, ' ')]).toEqual([2, expect.stringContaining(message)])
  expect(work.names()).not.toContain('y.html')
})

test('curve --svg draws the sizes that curve counts', async () => {
  const made = await runHere(work, 'curve', 'K.npy', '--svg', 'curve.svg')
  expect(made.exitCode, made.stderr).toBe(0)
  expect(made.stdout).toContain('curve.svg')
  expect(read('curve.svg')).toContain('Of the epsilons tried, from')
  const named = await runHere(work, 'curve', 'K.npy', '--svg', 'curve.png')
  expect([named.exitCode, named.stderr]).toEqual([2, expect.stringContaining('`--svg curve.svg`')])
  const again = await runHere(work, 'curve', 'K.npy', '--svg', 'curve.svg')
  expect(again.exitCode).toBe(73)
})
