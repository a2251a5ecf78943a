// Catches: a .npz of coverage or of attend --selected that inspect takes for matrices or calls whole though it cannot be true; one of
// ours that it refuses. Cannot catch: other numbers that could be true.
import { type NpzArray, writeNpz } from '@levattention/core/internal'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { gaussianRows, Workspace } from '../cli/bin.ts'
import { runHere } from '../cli/in-process.ts'

const work = new Workspace()
const ARRAYS = ['--queries', 'Q.npy', '--keys', 'K.npy', '--values', 'K.npy', '--heads', 'all']
afterAll(() => work.remove())

beforeAll(() => {
  work.npy('Q.npy', [1, 4, 21, 6], gaussianRows(4 * 21, 6, 1))
  work.npy('K.npy', [1, 2, 21, 6], gaussianRows(2 * 21, 6, 2))
})

describe('inspect', () => {
  const inspected = async (file: string) => await runHere(work, 'inspect', file)

  test('calls results of coverage and of attend what they are', async () => {
    expect((await runHere(work, 'coverage', ...ARRAYS, '--keep', '4', '--out', 'i.npz')).exitCode).toBe(0)
    expect((await inspected('i.npz')).stdout).toMatch(
      /^i\.npz: 6 arrays, what coverage found of each judged query, for NumPy\n[^]*numpy\.load\('i\.npz'\)\['mass'\]/,
    )
    const attended = ['--keep', '4', '--out', 'i.npy', '--selected', 'kept.npz']
    expect((await runHere(work, 'attend', ...ARRAYS, ...attended)).exitCode).toBe(0)
    const { stdout } = await inspected('kept.npz')
    expect(stdout).toMatch(/^kept\.npz: 3 arrays, the keys that attend kept, for NumPy\n/)
    expect(stdout).not.toMatch(/no matrix|are served/)
  })

  test.each<[string, NpzArray[], RegExp]>([
    ['offsets that go back', selected([0, 2, 1, 3]), /offsets/],
    ['offsets that end elsewhere', selected([0, 1, 2, 2]), /offsets/],
    ['ids that go back', selected([0, 0, 3, 3], [2, 1, 5]), /ids/],
    ['a mass that is no number', coverageArrays(NaN), /mass/],
    ['another command', coverageArrays(0.5, 'attend'), /meta\.command/],
  ])('refuses %s', async (name, arrays, said) => {
    const file = `${name.replaceAll(' ', '-')}.npz`
    await writeNpz(work.path(file), arrays)
    const { exitCode, stderr } = await inspected(file)
    expect({ exitCode: exitCode === 0, stderr }).toMatchObject({ exitCode: false })
    expect(stderr).toMatch(said)
  })
})

function integers(name: string, numbers: readonly number[]): NpzArray {
  return { name, dtype: 'i64', shape: [numbers.length], data: Float64Array.from(numbers) }
}

function selected(offsets: readonly number[], ids = [2, 1, 5]): NpzArray[] {
  return [integers('ids', ids), integers('offsets', offsets), integers('keyHeads', [0, 1, 2])]
}

function coverageArrays(mass: number, command = 'coverage'): NpzArray[] {
  return [
    { name: 'meta', text: JSON.stringify({ command }) },
    integers('heads', [0]),
    integers('offsets', [0, 2]),
    integers('rows', [0, 4]),
    { name: 'mass', dtype: 'f64', shape: [1, 2], data: Float64Array.of(0.5, mass) },
  ]
}
