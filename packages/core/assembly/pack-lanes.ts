import { highF32, highF64, lowF32, lowF64 } from './lanes'

// Float32 rows, transposed into panels that one tile of 4 queries x 8 keys reads column by column.

/** queries [queryCount, dim] to panels [dim][4] f32, zeros where a query is missing. */
export function packQueries(queries: usize, target: usize, queryCount: usize, dim: usize): void {
  for (let q: usize = 0; q < queryCount; q += 4) {
    packLanes(queries + ((q * dim) << 2), target + ((q * dim) << 2), queryCount - q, dim, 16)
  }
}

/** keys [keyCount, dim] to panels [dim][8] f32, zeros where a key is missing. */
export function packKeys(keys: usize, target: usize, keyCount: usize, dim: usize): void {
  for (let k: usize = 0; k < keyCount; k += 8) {
    const source = keys + ((k * dim) << 2)
    const panel = target + ((k * dim) << 2)
    packLanes(source, panel, keyCount - k, dim, 32)
    packLanes(source + (dim << 4), panel + 16, keyCount > k + 4 ? keyCount - k - 4 : 0, dim, 32)
  }
}

/** Up to 4 rows, transposed: column c goes to the 4 lanes at target + c * step. */
function packLanes(source: usize, target: usize, rowCount: usize, dim: usize, step: usize): void {
  let done: usize = 0
  if (rowCount >= 4) {
    done = dim & ~3
    for (let c: usize = 0; c < done; c += 4) transposeFour(source + (c << 2), target + c * step, dim << 2, step)
  }
  for (let c = done; c < dim; c++) {
    for (let t: usize = 0; t < 4; t++) {
      store<f32>(target + c * step + (t << 2), t < rowCount ? load<f32>(source + ((t * dim + c) << 2)) : 0)
    }
  }
}

// @ts-ignore: decorator
@inline
function transposeFour(source: usize, target: usize, rowStride: usize, step: usize): void {
  const a = v128.load(source)
  const b = v128.load(source + rowStride)
  const c = v128.load(source + 2 * rowStride)
  const d = v128.load(source + 3 * rowStride)
  const lowAB = lowF32(a, b)
  const lowCD = lowF32(c, d)
  const highAB = highF32(a, b)
  const highCD = highF32(c, d)
  v128.store(target, lowF64(lowAB, lowCD))
  v128.store(target + step, highF64(lowAB, lowCD))
  v128.store(target + 2 * step, lowF64(highAB, highCD))
  v128.store(target + 3 * step, highF64(highAB, highCD))
}
