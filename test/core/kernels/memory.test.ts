// Catches: scratch that is not zeroed, not aligned, lost by growing or handed out twice; kernels that write outside
// their arrays; calls that should be refused and are not. Cannot catch: use of an array whose place was taken again
// after its release.
import { spawnSync } from 'node:child_process'
import { closeSync, openSync, readSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import {
  compileKernels,
  type Kernels,
  LevError,
  scalarKernels,
  wasmKernels,
} from '@levattention/core/internal'
import { expect, test } from 'vitest'
import { eachKernels } from '../../support/each-kernel.ts'
import { scratch } from './values.ts'

function thrownBy(run: () => unknown): LevError {
  try {
    run()
  } catch (error) {
    if (error instanceof LevError) return error
    throw error
  }
  return expect.fail('nothing was thrown')
}

eachKernels('scratch', (kernels) => {
  test('is zeroed, also where it was used before', () => {
    const mark = kernels.mark()
    kernels.f64(100).fill(7)
    kernels.release(mark)
    expect(kernels.u32(50)).toEqual(new Uint32Array(50))
    expect(kernels.f32(50)).toEqual(new Float32Array(50))
    expect(kernels.f64(50)).toEqual(new Float64Array(50))
    kernels.release(mark)
  })

  test('an array shorter than its shape is a ShapeMismatch that says both', () => {
    const error = thrownBy(() => kernels.addGram(kernels.f64(8), kernels.f32(30), 10, 3))
    expect(error.tag).toBe('ShapeMismatch')
    expect(error.message).toMatch(/addGram: gram holds 8 .* \[3, 3\] needs 9/)
    expect(thrownBy(() => kernels.addGram(kernels.f64(9), kernels.f32(29), 10, 3)).message).toMatch(
      /rows holds 29/,
    )
  })

  test('every kernel checks every array', () => {
    const [a, b, short] = [kernels.f64(12), kernels.f64(12), kernels.f64(5)]
    const [f, g, u] = [kernels.f32(12), kernels.f32(5), kernels.u32(32)]
    const calls = [
      () => kernels.multiply(short, a, b, 3, 2, 2),
      () => kernels.multiply(a, short, b, 3, 2, 2),
      () => kernels.multiply(a, b, short, 3, 2, 3),
      () => kernels.leverage(short, a, b, 6, 2),
      () => kernels.leverage(a, short, b, 3, 2),
      () => kernels.leverage(a, f, short, 3, 3),
      () => kernels.leverage(a, f, b, 3, 3, short),
      () => kernels.weightedNorms(short, a, b, 6, 2),
      () => kernels.weightedNorms(a, short, b, 3, 2),
      () => kernels.weightedNorms(a, b, short, 2, 6),
      () => kernels.dotsAtLeastOne(u, f, 4, f, 5, 2),
      () => kernels.dotsAtLeastOne(u, g, 4, f, 3, 2),
      () => kernels.dotsAtLeastOne(u, f, 4, g, 3, 2),
      () => kernels.compensatedDots(short, a, 2, b, 3, 2),
      () => kernels.compensatedDots(a, short, 3, b, 3, 2),
      () => kernels.compensatedDots(a, b, 3, short, 3, 2),
    ]
    expect(calls.map((call) => thrownBy(call).tag)).toEqual(calls.map(() => 'ShapeMismatch'))
  })

  test.each([-1, 1.5, NaN, Infinity, 2 ** 60])('a count of %d is a ShapeMismatch', (count) => {
    expect(thrownBy(() => kernels.f64(count)).tag).toBe('ShapeMismatch')
    const error = thrownBy(() =>
      kernels.weightedNorms(kernels.f64(4), kernels.f64(4), kernels.f64(4), count, 1),
    )
    expect(error.tag).toBe('ShapeMismatch')
  })

  test('an array from elsewhere is refused', () => {
    const error = thrownBy(() => kernels.addGram(kernels.f64(9), new Float32Array(30), 10, 3))
    expect(error.tag).toBe('Internal')
    expect(error.message).toMatch(/rows is not in this (scalar|wasm|native) instance's scratch; take it from/)
  })

  test('an output that overlaps an input, or another output, is refused', () => {
    const [all, f] = [kernels.f64(20), kernels.f64(20)]
    const error = thrownBy(() => kernels.multiply(all.subarray(5), all, f, 3, 2, 2))
    expect(error.tag).toBe('Internal')
    expect(error.message).toMatch(/out and rows share memory/)
    expect(thrownBy(() => kernels.leverage(all, f, kernels.f64(4), 3, 2, all.subarray(2))).tag).toBe(
      'Internal',
    )
    kernels.multiply(all.subarray(6), all, f, 3, 2, 2) // side by side is well
  })

  test('keys may be the queries', () => {
    const rows = kernels.f32(4).fill(1)
    expect(kernels.dotsAtLeastOne(kernels.u32(8), rows, 2, rows, 2, 2)).toBe(4)
  })

  test('a part of an array works as an array', () => {
    const rows = scratch(kernels, 'f32', 40, 1)
    const [whole, part] = [kernels.f64(9), kernels.f64(14).subarray(5)]
    const copy = kernels.f32(30)
    copy.set(rows.subarray(7, 37))
    kernels.addGram(whole, copy, 10, 3)
    kernels.addGram(part, rows.subarray(7, 37), 10, 3)
    expect(part).toEqual(whole)
  })
})

const module = await compileKernels()

function snapshot(kernels: Kernels, run: (arrays: Float64Array[]) => void): void {
  const arrays = [kernels.f64(1000).fill(3), kernels.f64(1000).fill(4)]
  run(arrays)
  expect(arrays.map((array) => new Set(array))).toEqual([new Set([3]), new Set([4])])
}

test('wasm scratch is 64-byte aligned and its views survive growing', () => {
  const kernels = wasmKernels(module)
  snapshot(kernels, () => {
    for (let length = 1; length < 1e6; length *= 3) {
      const arrays = [kernels.f32(length), kernels.f64(length), kernels.u32(length)]
      expect(arrays.map((array) => array.byteOffset % 64)).toEqual([0, 0, 0])
      arrays.forEach((array) => array.fill(1))
    }
  })
})

test('arrays from before and after growing meet in one call', () => {
  const kernels = wasmKernels(module)
  const rows = kernels.f32(300).fill(1)
  const gram = kernels.f64(2 ** 21).subarray(2 ** 21 - 9)
  kernels.addGram(gram, rows, 100, 3)
  expect([...gram]).toEqual([100, 100, 100, 0, 100, 100, 0, 0, 100])
})

test('an overlap is seen between arrays from before and after growing', () => {
  const kernels = wasmKernels(module)
  const mark = kernels.mark()
  const before = kernels.f64(9)
  kernels.f64(2 ** 21)
  kernels.release(mark)
  const after = kernels.f64(9)
  expect(after.byteOffset).toBe(before.byteOffset)
  expect(thrownBy(() => kernels.multiply(after, before, kernels.f64(9), 3, 3, 3)).message).toMatch(
    /share memory/,
  )
})

test('the work space of a kernel moves no mark and touches no array', () => {
  const kernels = wasmKernels(module)
  snapshot(kernels, () => {
    const mark = kernels.mark()
    const [rows, lower, out] = [
      kernels.f32(70 * 90).fill(1),
      kernels.f64(90 * 90).fill(1),
      kernels.f64(70 * 90),
    ]
    const top = kernels.mark()
    kernels.addGram(lower, rows, 70, 90)
    kernels.multiply(out, rows, lower, 70, 90, 90)
    kernels.leverage(out, rows, lower, 70, 90)
    kernels.compensatedDots(out, lower, 90, rows, 70, 90)
    kernels.dotsAtLeastOne(kernels.u32(2 * 70 * 70), rows, 70, rows, 70, 90)
    expect(kernels.mark()).toBeGreaterThan(top) // hits alone
    kernels.release(top)
    expect(kernels.mark()).toBe(top)
    kernels.release(mark)
  })
})

test('release frees: every round gets the same place', () => {
  const kernels = wasmKernels(module)
  const mark = kernels.mark()
  const places = [1000, 5, 1000].map((length) => {
    const { byteOffset } = kernels.f64(length)
    kernels.release(mark)
    return byteOffset
  })
  expect(new Set(places).size).toBe(1)
  expect(kernels.mark()).toBe(mark)
})

test('a released array is refused, and so is a mark that is none', () => {
  const kernels = wasmKernels(module)
  const mark = kernels.mark()
  const rows = kernels.f64(10)
  kernels.release(mark)
  expect(thrownBy(() => kernels.weightedNorms(kernels.f64(1), kernels.f64(0), rows, 1, 0)).tag).toBe(
    'Internal',
  )
  for (const wrong of [-1, 0.5, NaN, 2 ** 40, 0]) {
    expect(thrownBy(() => kernels.release(wrong)).message).toMatch(/is not a mark/)
  }
})

test('an array of another instance is refused', () => {
  const [one, other] = [wasmKernels(module), wasmKernels(module)]
  expect(thrownBy(() => one.addGram(one.f64(1), other.f64(1), 1, 1)).tag).toBe('Internal')
  const scalar = scalarKernels()
  expect(thrownBy(() => scalar.addGram(scalar.f64(1), one.f64(1), 1, 1)).tag).toBe('Internal')
})

test('out of memory says how much was asked, and the instance goes on', () => {
  const kernels = wasmKernels(module)
  const rows = kernels.f64(3).fill(2)
  const error = thrownBy(() => kernels.f64(2 ** 29))
  expect(error.tag).toBe('SystemLimit')
  expect(error.message).toContain(String(2 ** 32))
  expect(thrownBy(() => kernels.f32(2 ** 45)).message).toContain(String(2 ** 47))
  const gram = kernels.f64(1)
  kernels.addGram(gram, rows, 3, 1)
  expect(gram[0]).toBe(12)
})

test('a file is read straight into scratch', () => {
  const kernels = wasmKernels(module)
  const rows = kernels.f32(2)
  const file = openSync(fileURLToPath(import.meta.url), 'r')
  try {
    expect(readSync(file, rows, 0, 8, 0)).toBe(8)
  } finally {
    closeSync(file)
  }
  expect(Buffer.from(rows.slice().buffer).toString()).toBe('// Catch')
})

test('the module is cloned to a worker, which instantiates it synchronously', async () => {
  const worker = new Worker(new URL('./gram-worker.mjs', import.meta.url), { workerData: module })
  const gram = await new Promise((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', reject)
  })
  await worker.terminate()
  expect(gram).toEqual([10, 14, 0, 20])
})

/** What gram-worker.mjs prints as a program of its own, under a limit on address space. */
function underLimit(...nodeFlags: string[]): string {
  const program = fileURLToPath(new URL('./gram-worker.mjs', import.meta.url))
  const command = `ulimit -v 8000000; exec "$0" "$@" 2>&1`
  const { stdout } = spawnSync('sh', ['-c', command, process.execPath, ...nodeFlags, program], {
    encoding: 'utf8',
  })
  return stdout
}

test.runIf(process.platform === 'linux')(
  'too little address space is refused as the system’s, and is enough with node’s flag',
  () => {
    expect(underLimit()).toMatch(/10,14,0,20|refuses the address space[^]*tag: 'SystemLimit'/)
    expect(underLimit('--disable-wasm-trap-handler')).toBe('10,14,0,20\n')
  },
)
