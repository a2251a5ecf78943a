// Catches: threads or memories that an address space does not hold, slow kernels where fast ones fit, a limit that is not
// seen. Cannot catch: what another V8 reserves.
import { addressSpaceLeft, reservesGuards } from '#coordinator/engines/process-memory'
import { fitThreads } from '#coordinator/engines/fit-threads'
import { describe, expect, test } from 'vitest'

const GIB = 2 ** 30

test('without a limit nothing is given up', () => {
  expect(fitThreads({ left: Infinity, guarded: true }, 64, 'auto')).toEqual({ workers: 64 })
  expect(fitThreads({ left: Infinity, guarded: true }, 2, 'scalar')).toEqual({ workers: 2, memoryBytes: 0 })
})

describe.each(['auto', 'native', 'wasm', 'scalar'] as const)('kernels %s', (kernels) => {
  test.each([true, false])('what is chosen fits, guarded: %s', (guarded) => {
    for (let left = GIB / 4; left < 4000 * GIB; left *= 1.3) {
      for (const wanted of [0, 1, 2, 64, 1024]) {
        const fit = fitThreads({ left, guarded }, wanted, kernels)
        if (fit === undefined) {
          expect(['native', 'wasm']).toContain(kernels)
          continue
        }
        const { workers, memoryBytes = -1 } = fit
        expect(workers).toBeLessThanOrEqual(wanted)
        expect(memoryBytes === 0 || kernels !== 'scalar').toBe(true)
        // Tasks and two prepared searches a thread, and the caller's.
        const memories = memoryBytes === 0 ? 0 : 1 + 3 * Math.max(1, workers)
        expect(memories * memoryBytes + workers * 0.3 * GIB).toBeLessThan(left)
        if (guarded && memoryBytes > 0) expect(memoryBytes).toBe(10 * GIB)
      }
    }
  })
})

test.each([
  [16, true, 2, { workers: 2, memoryBytes: 0 }],
  [16, true, 0, { workers: 0, memoryBytes: 0 }],
  [100, true, 2, { workers: 2, memoryBytes: 10 * GIB }],
  // One fast thread is worth more than a few slow ones, not than many.
  [60, true, 4, { workers: 1, memoryBytes: 10 * GIB }],
  [60, true, 64, { workers: 64, memoryBytes: 0 }],
  [16, false, 2, { workers: 2, memoryBytes: GIB }],
  [3.2, false, 2, { workers: 2, memoryBytes: GIB / 4 }],
  [0.2, true, 8, { workers: 0, memoryBytes: 0 }],
])('%d GiB, guarded %s, %i workers', (gib, guarded, wanted, fit) => {
  expect(fitThreads({ left: gib * GIB, guarded }, wanted, 'auto')).toEqual(fit)
})

test('node’s flag is known however it is given', () => {
  expect(reservesGuards([], '')).toBe(true)
  expect(reservesGuards(['--disable-wasm-trap-handler'], '')).toBe(false)
  expect(reservesGuards([], '--max-old-space-size=100 --disable_wasm_trap_handler')).toBe(false)
  expect(addressSpaceLeft()).toBeGreaterThan(0)
})
