import { readFileSync } from 'node:fs'
import { type KernelModule, WasmMemory, webAssembly } from '@levattention/core/internal'
import type { instantiate } from '../../generated/layers.js'
import type { Layers } from './layers.ts'

/** Written by the AssemblyScript compiler: a changed signature fails tsc where it is called. */
type WasmExports = Omit<Awaited<ReturnType<typeof instantiate>>, 'memory'>

/** Compiled once a process; threads get it by clone. */
export function compileLayers(): Promise<KernelModule> {
  return webAssembly.compile(readFileSync(new URL('../../generated/layers.wasm', import.meta.url)))
}

/** With a memory of their own, which other threads can read where they have its arrays. */
export function wasmLayers(module: KernelModule): Layers<Float32Array> {
  const memory = new WasmMemory()
  const wasm = new webAssembly.Instance(module, { env: { memory: memory.shared } }).exports as WasmExports
  return {
    array: (length) => memory.f32(length),
    multiply(out, a, b, { rows, cols, inner, adds = false, aIsTurned = false, bIsTurned = false }) {
      requireLengths({ out: [out, rows * cols], a: [a, rows * inner], b: [b, inner * cols] }, 'multiply')
      const scratch = memory.workSpace(wasm.product_scratch(inner))
      const [o, l, r] = [out.byteOffset, a.byteOffset, b.byteOffset]
      wasm.multiply(o, l, r, rows, cols, inner, adds, aIsTurned, bIsTurned, scratch)
    },
    add(into, x) {
      requireLengths({ x: [x, into.length] }, 'add')
      wasm.add(into.byteOffset, x.byteOffset, into.length)
    },
    setRows(x, row, rows) {
      requireLengths({ x: [x, rows * row.length] }, 'setRows')
      wasm.set_rows(x.byteOffset, row.byteOffset, rows, row.length)
    },
    addRow(x, row, rows) {
      requireLengths({ x: [x, rows * row.length] }, 'addRow')
      wasm.add_row(x.byteOffset, row.byteOffset, rows, row.length)
    },
    addColumnSums(sums, x, rows) {
      requireLengths({ x: [x, rows * sums.length] }, 'addColumnSums')
      wasm.add_column_sums(sums.byteOffset, x.byteOffset, rows, sums.length)
    },
    ...normLayers(wasm),
    ...elementLayers(wasm),
  }
}

function normLayers(wasm: WasmExports): Pick<Layers<Float32Array>, 'layerNorm' | 'layerNormGradient'> {
  return {
    layerNorm(out, stats, x, { gain, bias }, rows) {
      const count = rows * gain.length
      requireLengths(
        { out: [out, count], stats: [stats, 2 * rows], x: [x, count], bias: [bias, gain.length] },
        'layerNorm',
      )
      const [o, s, i] = [out.byteOffset, stats.byteOffset, x.byteOffset]
      wasm.layer_norm(o, s, i, gain.byteOffset, bias.byteOffset, rows, gain.length)
    },
    layerNormGradient(dx, d, dy, stats, x, gain, rows) {
      const count = rows * gain.length
      requireLengths({ dx: [dx, count], dy: [dy, count], x: [x, count], stats: [stats, 2 * rows] }, 'dx')
      requireLengths({ dGain: [d.gain, gain.length], dBias: [d.bias, gain.length] }, 'layerNormGradient')
      const [o, g, b] = [dx.byteOffset, d.gain.byteOffset, d.bias.byteOffset]
      const [y, s, i] = [dy.byteOffset, stats.byteOffset, x.byteOffset]
      wasm.layer_norm_gradient(o, g, b, y, s, i, gain.byteOffset, rows, gain.length)
    },
  }
}

function elementLayers(
  wasm: WasmExports,
): Pick<Layers<Float32Array>, 'gelu' | 'geluGradient' | 'sumOfSquares' | 'adam'> {
  return {
    gelu(out, x) {
      requireLengths({ x: [x, out.length] }, 'gelu')
      wasm.gelu(out.byteOffset, x.byteOffset, out.length)
    },
    geluGradient(d, x) {
      requireLengths({ x: [x, d.length] }, 'geluGradient')
      wasm.gelu_gradient(d.byteOffset, x.byteOffset, d.length)
    },
    sumOfSquares: (x, factor) => wasm.sum_of_squares(x.byteOffset, factor, x.length),
    adam(weights, gradient, moments, squares, { factor, rate, beta1, beta2, first, second, decay }) {
      const count = weights.length
      requireLengths(
        { gradient: [gradient, count], moments: [moments, count], squares: [squares, count] },
        'adam',
      )
      const [w, g] = [weights.byteOffset, gradient.byteOffset]
      const [m, v] = [moments.byteOffset, squares.byteOffset]
      wasm.adam(w, g, m, v, count, factor, rate, beta1, beta2, first, second, decay)
    },
  }
}

/** Throws RangeError: a kernel would write beyond. */
function requireLengths(arrays: Readonly<Record<string, [array: Float32Array, length: number]>>, of: string) {
  for (const name in arrays) {
    const [array, length] = arrays[name]
    if (array.length !== length)
      throw new RangeError(`${of}: ${name} has ${array.length} numbers, not ${length}`)
  }
}
