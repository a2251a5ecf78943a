// Catches: float32 outputs beyond 1e-6 of the largest value on heads of real models, where the limit of float32 is set too high;
// outputs that are not the model's own. Cannot catch: heads of another kind.
import { existsSync } from 'node:fs'
import { type AnyAttendOptions, attendInMemory } from '@levattention/core/internal'
import { describe, expect, test } from 'vitest'
import { allKernels } from '../../support/each-kernel.ts'
import { readNpy } from '../../support/npy.mjs'
import { describeShared, type SharedSet, sharedSets } from '../../support/shared-data.ts'
import { someOf } from '../../support/tier.ts'

const [, wasm] = allKernels()

const SELECTIONS: readonly AnyAttendOptions['selection'][] = [
  { full: true },
  { rule: 'leverage', keep: 32 },
  { rule: 'norm-max', keep: 32, local: 7 },
]

function read(path: string) {
  const { shape, data } = readNpy(path)
  return { rows: shape[0], cols: shape[1], data: Float32Array.from(data) }
}

function headOf({ queriesPath = '', keysPath, valuesPath = '' }: SharedSet) {
  return { queries: read(queriesPath), keys: read(keysPath), values: read(valuesPath) }
}

/** The largest difference of two outputs. */
function gap(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let most = a.length === b.length ? 0 : Infinity
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs(a[i] - b[i]))
  return most
}

describeShared('real heads', () => {
  const heads = sharedSets().filter(({ valuesPath }) => valuesPath !== undefined)

  describe.each(someOf(heads, 2))('$name', (set) => {
    const { causal, segmentRows, keysPath } = set
    const visible = { ...(causal && { causal }), ...(segmentRows !== undefined && { segment: segmentRows }) }

    test.each(SELECTIONS)('%j: within 1e-6 of the largest value', (selection) => {
      const head = headOf(set)
      const options = { ...visible, selection }
      const found = attendInMemory(head, options, wasm)
      const exact = { ...head.values, data: Float64Array.from(head.values.data) }
      const wanted = attendInMemory({ ...head, values: exact }, options, wasm)
      const largest = head.values.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
      expect(gap(wanted.output, found.output)).toBeLessThanOrEqual(1e-6 * largest)
    })

    const outputPath = keysPath.replace('.k.npy', '.o.npy')
    test.runIf(existsSync(outputPath))('all keys kept: the output of the model', () => {
      const head = headOf(set)
      const wanted = read(outputPath)
      for (const selection of [{ full: true }, { rule: 'leverage', keep: head.keys.rows }] as const) {
        const { output } = attendInMemory(head, { ...visible, selection }, wasm)
        expect(gap(wanted.data, output)).toBeLessThanOrEqual(2e-5)
      }
    })
  })
})
