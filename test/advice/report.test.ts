// Catches: a line that a message of `report`, or of `curve --svg`, tells people to type, and that is refused in its turn. Cannot catch: advice in
// plain words.
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { writeNpz } from '@levattention/core/internal'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { gaussianRows, Workspace } from '../coordinator/cli/bin.ts'
import { runHere } from '../coordinator/cli/in-process.ts'
import { COMMAND } from '../support/command.mjs'
import { countAdvice } from '../support/advice/done.ts'
import { ran } from '../support/advice/ran.ts'

// A page takes several commands.
vi.setConfig({ testTimeout: 120_000 })
countAdvice(import.meta.url)
const work = new Workspace()
afterAll(() => work.remove())
beforeAll(() => {
  for (const [i, name] of ['K', 'Q'].entries()) work.npy(`${name}.npy`, [197, 3], gaussianRows(197, 3, i + 1))
  const pixel =
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
  writeFileSync(work.path('p.png'), Buffer.from(pixel, 'base64'))
})

const HEAD = ['--queries', 'Q.npy', '--keys', 'K.npy', '--force']

async function requireTold(span: string, ...args: string[]): Promise<void> {
  const { exitCode, stderr } = await runHere(work, args[0], ...args.slice(1))
  expect([2, 65]).toContain(exitCode)
  expect(stderr.replaceAll(/\s+/g, ' ')).toContain(`\`${span}\``)
}

async function requireDone(span: string, ...args: string[]): Promise<void> {
  const { exitCode, stderr } = await runHere(work, args[0], ...args.slice(1))
  expect(exitCode, stderr).toBe(0)
  ran(span)
}

test('a page has a name of its own', async () => {
  await requireTold('--out report.html', 'report', ...HEAD)
  await requireDone('--out report.html', 'report', ...HEAD, '--out', 'report.html')
})

test('a picture lies under a grid, whose other tokens are told', async () => {
  const image = ['--image', 'p.png', '--out', 'r.html']
  await requireTold('--grid 14x14', 'report', ...HEAD, ...image)
  await requireTold('--prefix-tokens 1', 'report', ...HEAD, ...image, '--grid', '14x14')
  await requireDone(
    '--prefix-tokens 1',
    'report',
    ...HEAD,
    ...image,
    '--grid',
    '14x14',
    '--prefix-tokens',
    '1',
  )
  ran('--grid 14x14')
})

test('what tries the pairs of a page is typed as it stands there', async () => {
  const { exitCode } = await runHere(
    work,
    'report',
    ...HEAD,
    '--p',
    '3',
    '--epsilon',
    '0.05',
    '--causal',
    '--out',
    'r.html',
  )
  expect(exitCode).toBe(0)
  const page = readFileSync(work.path('r.html'), 'utf8')
  const lines = [...page.matchAll(/<code>levattention (.*?)<\/code>/g)].map(([, line]) => line)
  expect(lines).toEqual([
    'run --queries Q.npy --keys K.npy --epsilon 0.05 --p 3 --causal --out heavy.npz',
    'verify --queries Q.npy --keys K.npy --heavy heavy.npz',
  ])
  for (const line of lines) {
    const [command, ...args] = line.split(' ')
    const done = await runHere(work, command, ...args)
    expect(done.exitCode, done.stderr).toBe(0)
  }
  rmSync(work.path('heavy.npz'))
})

test('two matrices are named by what they are', async () => {
  await requireTold('--queries Q.npy --keys K.npy', 'report', 'Q.npy', 'K.npy', '--out', 'r.html', '--force')
  await requireDone('--queries Q.npy --keys K.npy', 'report', ...HEAD, '--out', 'r.html')
})

test('inputs in a folder are named, those of the rows where scores stand, a picture of curve by its option', async () => {
  mkdirSync(work.path('planted'))
  for (const name of ['K.npy', 'Q.npy']) copyFileSync(work.path(name), work.path(`planted/${name}`))
  const span = '--queries planted/Q.npy --keys planted/K.npy'
  await requireTold(span, 'report', 'planted', '--out', 'r.html', '--force')
  await requireDone(span, 'report', ...span.split(' '), '--out', 'r.html', '--force')
  const scored = await runHere(work, 'scores', 'K.npy', '--out', 'hat.csv')
  expect(scored.exitCode, scored.stderr).toBe(0)
  const { exitCode, stderr } = await runHere(work, 'report', 'hat.csv', '--out', 'r.html', '--force')
  expect(exitCode).toBe(65)
  expect(stderr.replaceAll(/\s+/g, ' ')).toContain('hat.csv holds the scores that the command scores wrote')
  await requireTold('--svg x.svg', 'curve', 'K.npy', '-o', 'x.svg')
  await requireDone('--svg x.svg', 'curve', 'K.npy', '--svg', 'x.svg')
})

test('keys from a pipe are built first', async () => {
  await requireTold('levattention build - --out u.lev', 'report', '-', '--out', 'r.html', '--force')
  execFileSync(process.execPath, [COMMAND, 'build', '-', '--out', 'u.lev', '--quiet'], {
    cwd: work.folder,
    input: readFileSync(work.path('K.npy')),
  })
  await requireDone('levattention build - --out u.lev', 'report', 'u.lev', '--out', 'u.html')
})

test('the mass of each query is no coverage', async () => {
  const args = ['--queries', 'Q.npy', '--keys', 'K.npy']
  expect(await runHere(work, 'coverage', ...args, '--out', 'c.npz')).toMatchObject({ exitCode: 0 })
  await requireTold('--out coverage.json', 'report', 'c.npz', '--out', 'r.html', '--force')
  expect(await runHere(work, 'coverage', ...args, '--out', 'coverage.json')).toMatchObject({ exitCode: 0 })
  await requireDone('--out coverage.json', 'report', 'coverage.json', '--out', 'c.html')
})

test('pairs as text are written with what they are about', async () => {
  const args = ['--queries', 'Q.npy', '--keys', 'K.npy', '--epsilon', '0.05', '--force']
  expect(await runHere(work, 'run', ...args, '--out', 'h.csv')).toMatchObject({ exitCode: 0 })
  await requireTold('--out heavy.npz', 'report', 'h.csv', '--out', 'r.html', '--force')
  expect(await runHere(work, 'run', ...args, '--out', 'heavy.npz')).toMatchObject({ exitCode: 0 })
  await requireDone('--out heavy.npz', 'report', 'heavy.npz', '--out', 'h.html')
})

test('a sparse matrix alone is pairs of a told epsilon and attention, or a matrix', async () => {
  // As SciPy saves one: without what a file of ours says beside it.
  const data = Float64Array.from({ length: 197 }, (_, i) => 0.02 + i / 1000)
  const [indices, indptr] = [197, 198].map((length) => Float64Array.from({ length }, (_, i) => i))
  await writeNpz(work.path('a.npz'), [
    { name: 'indices', dtype: 'i64', shape: [197], data: indices },
    { name: 'indptr', dtype: 'i64', shape: [198], data: indptr },
    { name: 'format', text: 'csr' },
    { name: 'shape', dtype: 'i64', shape: [2], data: Float64Array.of(197, 197) },
    { name: 'data', dtype: 'f64', shape: [197], data },
  ])
  await requireTold('--epsilon 0.01', 'report', 'a.npz', '--out', 'r.html', '--force')
  await requireTold('--attention softmax', 'report', 'a.npz', '--out', 'r.html', '--force')
  await requireTold('--keys a.npz', 'report', 'a.npz', '--out', 'r.html', '--force')
  await requireDone('--epsilon 0.01', 'report', 'a.npz', '--epsilon', '0.01', '--out', 'a1.html')
  const softmax = ['--epsilon', '0.01', '--attention', 'softmax', '--out', 'a3.html']
  await requireDone('--attention softmax', 'report', 'a.npz', ...softmax)
  await requireDone('--keys a.npz', 'report', '--keys', 'a.npz', '--out', 'a2.html')
})

test('a curve is drawn as a .svg', async () => {
  await requireTold('--svg curve.svg', 'curve', 'K.npy', '--svg', 'curve.png')
  await requireDone('--svg curve.svg', 'curve', 'K.npy', '--svg', 'curve.svg')
})
