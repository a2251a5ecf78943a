// Catches: a peer that is asked to hold more than the machine has, threads of BLAS beside a pool, presets that slow a peer down, ours
// without the kernels or threads that its name says. Cannot catch: a peer that is slower than need be.
import type { BenchCase } from '#coordinator/bench/bench-case'
import { ourContenders } from '#coordinator/bench/our-contenders'
import { peerContenders, startupContenders } from '#coordinator/bench/peer-contenders'
import { expect, test } from 'vitest'

const ONE: BenchCase = { kind: 'heavy', n: 1000, d: 8, m: 50, epsilon: 0.1 }
const files = { folder: 'tmp', keys: 'tmp/K.npy', queries: 'tmp/Q.npy', values: 'tmp/V.npy' }
const found = { python: 'py', numpy: '2', scipy: '1', r: '4' }
const options = { found, threads: 3, memoryBytes: 1e9 }
const namesOf = (one: BenchCase, given = options) =>
  peerContenders(one, files, given).contenders.map(({ name }) => name)

test('the expert first; of large cases alone; R for scores', () => {
  expect(namesOf(ONE)).toHaveLength(4)
  expect(namesOf(ONE)[0]).toBe('an expert’s NumPy')
  expect(namesOf({ ...ONE, isLean: true })).toEqual(['an expert’s NumPy'])
  expect(namesOf({ ...ONE, kind: 'scores' }).at(-1)).toBe('R, hat')
})

test('none where keys take more than a quarter of the memory, which is told, nor without SciPy', () => {
  const large = peerContenders({ ...ONE, n: 1e8, d: 32 }, files, { ...options, memoryBytes: 25e9 })
  expect(large.contenders).toEqual([])
  expect(large.skipped).toEqual([
    { what: 'peers of 100000000 x 32', why: 'they hold all keys in memory, 12.8 GB of 25.0' },
  ])
  expect(namesOf(ONE, { ...options, found: { python: 'py', numpy: '2', r: '4' } as typeof found })).toEqual(
    [],
  )
})

test('a pool has a BLAS of one thread, NumPy by itself as many as ours', () => {
  const threads = peerContenders(ONE, files, options).contenders.map((peer) => peer.line(undefined).env)
  expect(threads.map((env) => env?.OPENBLAS_NUM_THREADS)).toEqual(['1', '3', '3', '3'])
  for (const env of threads) expect(env).toMatchObject({ OPENBLAS_CORETYPE: undefined })
  const [pool] = peerContenders({ ...ONE, kind: 'softmax' }, files, options).contenders
  expect(pool.line(undefined).args.at(-1)).toBe('0')
  expect(pool.line({ seconds: 1, block: 64 }).args.at(-1)).toBe('64')
  expect(pool.line(undefined).env?.OPENBLAS_NUM_THREADS).toBe('1')
})

test('ours: each kind of kernels, then one thread; threads as they were asked for', () => {
  const linesOf = (workers: number | undefined, cores = 4) =>
    ourContenders(ONE, files, { workers, cores, kernels: ['native', 'wasm'] }).map((contender) => {
      const { args } = contender.line(undefined)
      const at = args.indexOf('--workers')
      return [contender.name, args[args.indexOf('--kernels') + 1], at < 0 ? undefined : args[at + 1]]
    })
  expect(linesOf(undefined)).toEqual([
    ['ours, native', 'native', undefined],
    ['ours, wasm', 'wasm', undefined],
    ['ours, native, 1 thread', 'native', '1'],
  ])
  expect(linesOf(2)[0]).toEqual(['ours, native, 2 threads', 'native', '2'])
  expect(linesOf(1).map(([name]) => name)).toEqual(['ours, native, 1 thread', 'ours, wasm, 1 thread'])
  expect(linesOf(undefined, 1)).toHaveLength(2)
})

test('start-up is measured of what is there', () => {
  expect(startupContenders({ python: 'py' }).map(({ host }) => host)).toEqual(['node'])
  expect(startupContenders(found).map(({ host }) => host)).toEqual(['node', 'python'])
})
