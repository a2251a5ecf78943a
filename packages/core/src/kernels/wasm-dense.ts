import type { DenseKernels } from './dense-kernels.ts'
import type { WasmExports } from './wasm-exports.ts'
import type { WasmMemory } from './wasm-memory.ts'
import { withScratch } from './with-scratch.ts'

/** Rows of a Cholesky factor, of an inverse and of Qᵀ, reflectors, sweeps and strips to a call: a few ms each at dim = 1,000. */
const [FACTOR_ROWS, INVERSE_ROWS, VECTOR_ROWS, REFLECTORS, SWEEPS, STRIPS] = [32, 32, 16, 16, 32, 8]

/** A symmetric matrix on its way to its eigenvalues: A = Q T Qᵀ, scaled. Arrays in scratch that the caller releases. */
interface Reduced {
  readonly reflectors: Float64Array // [dim, dim], with room for strips
  readonly halves: Float64Array // [dim]
  readonly offDiagonal: Float64Array // [dim]
  /** Undoes the scaling. */
  readonly unscale: number
}

/**
 * By calls of a few milliseconds: V8 replaces a function by its optimised code only between calls, and `onCall` hears of each but the
 * first, as of a kernel that begins.
 */
export function denseKernels(
  wasm: WasmExports,
  memory: WasmMemory,
  onCall: () => void = () => undefined,
): DenseKernels {
  const forSteps = (count: number, step: number, run: (start: number, end: number) => void): void => {
    for (let start = 0; start < count; start += step) {
      if (start > 0) onCall()
      run(start, Math.min(start + step, count))
    }
  }
  const within = <T>(work: () => T): T => withScratch(memory, work)

  /** Undefined where an entry is not finite; the diagonal of T goes to `values`. */
  const reduce = (values: Float64Array, matrix: Float64Array, dim: number): Reduced | undefined => {
    const largest = wasm.largest_of_lower(matrix.byteOffset, dim)
    if (!(largest < Infinity)) return undefined
    const reflectors = memory.f64(Math.max(dim * dim, wasm.strips_bytes(dim) / 8))
    const [halves, offDiagonal, images] = [memory.f64(dim), memory.f64(dim), memory.f64(2 * dim)]
    const state = memory.u32(2)
    const unscale = wasm.scale_lower(reflectors.byteOffset, matrix.byteOffset, dim, largest)
    forSteps(dim, REFLECTORS, () =>
      wasm.tridiagonal_steps(
        reflectors.byteOffset,
        values.byteOffset,
        offDiagonal.byteOffset,
        halves.byteOffset,
        dim,
        images.byteOffset,
        state.byteOffset,
        REFLECTORS,
      ),
    )
    return { reflectors, halves, offDiagonal, unscale }
  }

  /** Batches of sweeps until all values are found: -1, or the one that does not converge. */
  const findValues = (
    values: Float64Array,
    { offDiagonal }: Reduced,
    dim: number,
    rotations: Float64Array | undefined,
    follow: (ranges: Uint32Array, sweeps: number) => void,
  ): number => {
    const [state, ranges] = [memory.u32(2), memory.u32(2 * SWEEPS)]
    for (;;) {
      const sweeps = wasm.implicit_ql(
        values.byteOffset,
        offDiagonal.byteOffset,
        dim,
        state.byteOffset,
        SWEEPS,
        rotations?.byteOffset ?? 0,
        ranges.byteOffset,
      )
      if (sweeps < 0) return -1 - sweeps
      follow(ranges, sweeps)
      if (sweeps < SWEEPS) return -1
      onCall()
    }
  }

  const unscaled = (values: Float64Array, dim: number, unscale: number): void => {
    // + 0 makes -0 a 0.
    for (let i = 0; i < dim; i++) values[i] = values[i] * unscale + 0
  }

  return {
    cholesky(lower, matrix, dim) {
      const scratch = memory.workSpace(wasm.cholesky_scratch())
      let failed = -1
      for (let start = 0; start < dim && failed < 0; start += FACTOR_ROWS) {
        if (start > 0) onCall()
        const end = Math.min(start + FACTOR_ROWS, dim)
        failed = wasm.cholesky_rows(lower.byteOffset, matrix.byteOffset, dim, start, end, scratch)
      }
      return failed
    },
    solveCholesky: (x, lower, dim) => wasm.solve_cholesky(x.byteOffset, lower.byteOffset, dim),
    invertLower(inverse, lower, dim) {
      const scratch = memory.workSpace(wasm.invert_scratch(dim))
      forSteps(dim, INVERSE_ROWS, (start, end) =>
        wasm.invert_rows(inverse.byteOffset, lower.byteOffset, dim, start, end, scratch),
      )
    },
    equilibrate: (out, gram, norms, dim) =>
      wasm.equilibrate(out.byteOffset, gram.byteOffset, norms.byteOffset, dim),
    symmetricEigenvalues(values, matrix, dim) {
      return within(() => {
        const reduced = reduce(values, matrix, dim)
        if (reduced === undefined) return 0
        const stuck = findValues(values, reduced, dim, undefined, () => undefined)
        unscaled(values, dim, reduced.unscale)
        return stuck
      })
    },
    symmetricEigen(values, vectors, matrix, dim) {
      return within(() => {
        const reduced = reduce(values, matrix, dim)
        if (reduced === undefined) return 0
        const { reflectors, halves, unscale } = reduced
        forSteps(dim, VECTOR_ROWS, (start, end) =>
          wasm.accumulate_rows(vectors.byteOffset, reflectors.byteOffset, halves.byteOffset, dim, start, end),
        )
        const strips = reflectors // which are spent
        wasm.strips_pack(vectors.byteOffset, strips.byteOffset, dim)
        const rotations = memory.f64(SWEEPS * dim * 2)
        const stuck = findValues(values, reduced, dim, rotations, (ranges, sweeps) =>
          forSteps(Math.ceil(dim / 8), STRIPS, (first, end) =>
            wasm.rotate_strips(
              strips.byteOffset,
              dim,
              first,
              end,
              rotations.byteOffset,
              ranges.byteOffset,
              sweeps,
            ),
          ),
        )
        if (stuck >= 0) return stuck
        const order = memory.u32(dim)
        order.set(
          Uint32Array.from({ length: dim }, (_, i) => i).sort((a, b) => values[a] - values[b] || a - b),
        )
        wasm.strips_columns(vectors.byteOffset, strips.byteOffset, order.byteOffset, dim)
        values.subarray(0, dim).sort()
        unscaled(values, dim, unscale)
        return -1
      })
    },
  }
}
