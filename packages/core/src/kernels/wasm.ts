import { fileURLToPath } from 'node:url'
import { LevError } from '../errors/errors.ts'
import { isThere } from '../files/kind-at.ts'
import { locateFile } from '../files/locate-file.ts'
import { readWholeFile } from '../files/input-file.ts'
import { checkedKernels, type UncheckedKernels } from './checked.ts'
import { CHUNK_ROWS, type Kernels } from './kernels.ts'
import { loadAddon, type NativeChoice } from './native-addon.ts'
import type { WasmExports } from './wasm-exports.ts'
import { hasRelaxedSimd, type KernelModule, webAssembly } from './webassembly.ts'
import { denseKernels } from './wasm-dense.ts'
import { WasmMemory } from './wasm-memory.ts'
import { gradientKernels, headKernels, softmaxKernels } from './wasm-softmax.ts'

type Rows = Float32Array | Float64Array
type RowKernels = Pick<UncheckedKernels, 'addGram' | 'addGrams' | 'multiply' | 'leverage' | 'weightedNorms'>
type NormKernels = Pick<
  UncheckedKernels,
  'rowNorms' | 'atLeast' | 'rowMaxima' | 'rowTops' | 'exp2Sums' | 'scaleRows' | 'rowDots' | 'moveSum'
>
type DotKernels = Pick<UncheckedKernels, 'dotsAtLeastOne' | 'compensatedDots'>
type QueryKernels = Pick<UncheckedKernels, 'powersOfTwo' | 'certifyQueries' | 'filterFactors' | 'scorePairs'>
/** The addon's have these besides: what several threads share better than call by call. */
interface KernelExports extends WasmExports {
  readonly grams_f32?: GramsOf
  readonly grams_f64?: GramsOf
  readonly read_file?: (file: number, position: number, into: number, byteLength: number) => number
}
type GramsOf = (
  grams: number,
  rows: number,
  rowCount: number,
  count: number,
  dim: number,
  scratch: number,
) => void
/** Operations of a call below which another thread hears of it too late. */
const LEAST_SHARED = 1e6
/** Many times what they have. */
const MOST_MODULE_BYTES = 2 ** 24

/**
 * Compiles the kernels, once a process; workers get the module by clone. `relaxed`: those that fuse exact products, by
 * default where the engine can; no bit depends on it. Throws LevError Internal if they are not built.
 */
export async function compileKernels(relaxed = hasRelaxedSimd()): Promise<KernelModule> {
  const url = kernelsUrl(relaxed)
  try {
    return await webAssembly.compile(readWholeFile(fileURLToPath(url), MOST_MODULE_BYTES))
  } catch (error) {
    const remedy = 'reinstall @levattention/core; in its repository: npm run build'
    const message = `cannot load the kernels from ${url.pathname}; ${remedy}`
    throw new LevError('Internal', message, { file: url.pathname }, { cause: error })
  }
}

/** A program that carries kernels.wasm alone does without the others. */
function kernelsUrl(relaxed: boolean): URL {
  // By the package's name where it is not beside: this module may have been bundled into another file.
  const fixed = locateFile(['kernels.wasm'], import.meta.url, () =>
    import.meta.resolve('@levattention/core/kernels.wasm'),
  )
  const fused = new URL('kernels-relaxed.wasm', fixed)
  return relaxed && isThere(fused) ? fused : fixed
}

/**
 * WASM kernels with a memory of their own of at most `memoryBytes`, which is freed with them. `onCall`: see checkedKernels.
 * `native`: its kernels in place of those that it has. Throws SystemLimit where the system refuses the memory, and what
 * loading the native ones throws.
 */
export function wasmKernels(
  module: KernelModule,
  onCall?: () => void,
  memoryBytes?: number,
  native?: NativeChoice,
): Kernels {
  const memory = new WasmMemory(memoryBytes)
  const instance = new webAssembly.Instance(module, { env: { memory: memory.shared } })
  const exports = instance.exports as WasmExports
  memory.clear = exports.clear
  const wasm = withNative(exports, memory, native)
  const raw: UncheckedKernels = {
    name: native ? 'native' : 'wasm',
    threads: native?.threads ?? 1,
    f32: (length, content) => memory.f32(length, content),
    f64: (length, content) => memory.f64(length, content),
    u32: (length, content) => memory.u32(length, content),
    u8: (length) => memory.u8(length),
    mark: () => memory.mark(),
    release: (mark) => memory.release(mark),
    owns: (array) => memory.owns(array),
    // Not their buffer objects: V8 makes more than one over the same bytes.
    sameMemory: () => true,
    ...rowKernels(wasm, memory),
    ...normKernels(wasm),
    ...dotKernels(wasm, memory),
    ...queryKernels(wasm),
    ...denseKernels(wasm, memory, onCall),
    ...softmaxKernels(wasm, memory),
    ...gradientKernels(wasm, memory),
    ...headKernels(wasm, memory),
  }
  return checkedKernels(raw, onCall)
}

/** `wasm`, but where the native addon has a kernel of that name. */
function withNative(wasm: WasmExports, memory: WasmMemory, native: NativeChoice | undefined): KernelExports {
  if (!native) return wasm
  const { grown, ...kernels } = loadAddon(native.path).bind(
    new Uint8Array(memory.shared.buffer),
    native.level,
    native.threads ?? 1,
    native.leastShared ?? LEAST_SHARED,
  )
  memory.onGrowth = grown
  const exports: KernelExports = { ...wasm, ...(kernels as Partial<KernelExports>) }
  const { read_file: read } = exports
  if (read && (native.threads ?? 1) > 1)
    memory.readTogether = (file, into, position) => read(file, position, into.byteOffset, into.length)
  return exports
}

function rowKernels(wasm: KernelExports, memory: WasmMemory): RowKernels {
  return {
    addGram(gram, rows, rowCount, dim) {
      const scratch = memory.workSpace(wasm.gram_scratch(dim))
      const run = isF32(rows) ? wasm.gram_f32 : wasm.gram_f64
      forChunks(wasm, rowCount, (r, count) =>
        run(gram.byteOffset, rowOffset(rows, r, dim), count, dim, scratch),
      )
    },
    addGrams(grams, rows, rowCount, count, dim) {
      const scratch = memory.workSpace(wasm.gram_scratch(dim))
      const run = isF32(rows) ? wasm.grams_f32 : wasm.grams_f64
      if (run) return run(grams.byteOffset, rows.byteOffset, rowCount, count, dim, scratch)
      for (let i = 0; i < count; i++)
        this.addGram(grams.subarray(i * dim * dim), rows.subarray(i * rowCount * dim), rowCount, dim)
    },
    multiply(out, rows, matrix, rowCount, dim, outDim) {
      const scratch = memory.workSpace(wasm.multiply_scratch(dim, outDim))
      const run = isF32(rows) ? wasm.multiply_f32 : wasm.multiply_f64
      wasm.multiply_pack(matrix.byteOffset, dim, outDim, scratch)
      forChunks(wasm, rowCount, (r, count) =>
        run(rowOffset(out, r, outDim), rowOffset(rows, r, dim), count, dim, outDim, scratch),
      )
    },
    leverage(tau, rows, lower, rowCount, dim, whitened) {
      const scratch = memory.workSpace(wasm.leverage_scratch(dim))
      const run = isF32(rows) ? wasm.leverage_f32 : wasm.leverage_f64
      wasm.leverage_pack(lower.byteOffset, dim, scratch)
      forChunks(wasm, rowCount, (r, count) => {
        const whitenedRows = whitened === undefined ? 0 : rowOffset(whitened, r, dim)
        run(rowOffset(tau, r, 1), rowOffset(rows, r, dim), count, dim, whitenedRows, scratch)
      })
    },
    weightedNorms(out, rows, weights, rowCount, dim) {
      const run = isF32(rows) ? wasm.weighted_norms_f32 : wasm.weighted_norms_f64
      forChunks(wasm, rowCount, (r, count) =>
        run(rowOffset(out, r, 1), rowOffset(rows, r, dim), weights.byteOffset, count, dim),
      )
    },
  }
}

function normKernels(wasm: KernelExports): NormKernels {
  return {
    rowNorms(out, rows, scales, rowCount, dim) {
      const run = isF32(rows) ? wasm.row_norms_f32 : wasm.row_norms_f64
      forChunks(wasm, rowCount, (r, count) =>
        run(rowOffset(out, r, 1), rowOffset(rows, r, dim), scales.byteOffset, count, dim),
      )
    },
    atLeast(hits, values, threshold, count) {
      const run = isF32(values) ? wasm.at_least_f32 : wasm.at_least_f64
      let found = 0
      forChunks(wasm, count, (start, length) => {
        found += run(rowOffset(hits, found, 1), rowOffset(values, start, 1), threshold, length, start)
      })
      return found
    },
    rowMaxima(out, rows, rowCount, dim) {
      const run = isF32(rows) ? wasm.row_maxima_f32 : wasm.row_maxima_f64
      forChunks(wasm, rowCount, (r, count) => run(rowOffset(out, r, 1), rowOffset(rows, r, dim), count, dim))
    },
    rowTops(out, rows, rowCount, dim) {
      forChunks(wasm, rowCount, (r, count) =>
        wasm.row_tops(rowOffset(out, r, 1), rowOffset(rows, r, dim), count, dim),
      )
    },
    exp2Sums(out, rows, shifts, rowCount, dim, weights) {
      forChunks(wasm, rowCount, (r, count) => {
        const weightRows = weights === undefined ? 0 : rowOffset(weights, r, dim)
        const [sums, shiftsHere] = [rowOffset(out, r, 1), rowOffset(shifts, r, 1)]
        wasm.exp2_sums(sums, rowOffset(rows, r, dim), shiftsHere, count, dim, weightRows)
      })
    },
    scaleRows(
      out: Float32Array | Float64Array,
      rows: Float32Array | Float64Array,
      factors: Float64Array,
      rowCount: number,
      dim: number,
    ) {
      const run = isF32(out)
        ? wasm.scale_rows_to_f32
        : isF32(rows)
          ? wasm.scale_rows_f32
          : wasm.scale_rows_f64
      forChunks(wasm, rowCount, (r, count) =>
        run(rowOffset(out, r, dim), rowOffset(rows, r, dim), rowOffset(factors, r, 1), count, dim),
      )
    },
    rowDots(out, left, right, rowCount, dim) {
      forChunks(wasm, rowCount, (r, count) =>
        wasm.row_dots(rowOffset(out, r, 1), rowOffset(left, r, dim), rowOffset(right, r, dim), count, dim),
      )
    },
    moveSum(into, from, length) {
      wasm.move_sum(into.byteOffset, from.byteOffset, length)
    },
  }
}

function dotKernels(wasm: KernelExports, memory: WasmMemory): DotKernels {
  return {
    dotsAtLeastOne(hits, queries, queryCount, keys, keyCount, dim) {
      const queryBlock = blockOf(queryCount, FILTER_QUERY_BYTES, 4 * dim)
      const keyBlock = Math.min(keyCount, FILTER_KEY_ROWS)
      const scratch = memory.workSpace(wasm.filter_scratch(queryBlock, keyBlock, dim))
      let hitCount = 0
      forBlocks(queryCount, queryBlock, (q, queryRows) => {
        wasm.filter_pack_queries(rowOffset(queries, q, dim), queryRows, dim, scratch)
        forBlocks(keyCount, keyBlock, (k, keyRows) => {
          const to = rowOffset(hits, hitCount, 2)
          hitCount += wasm.filter_dots(to, queryRows, rowOffset(keys, k, dim), keyRows, dim, q, k, scratch)
        })
      })
      return hitCount
    },
    compensatedDots(out, queries, queryCount, keys, keyCount, dim) {
      const queryBlock = blockOf(queryCount, SPLIT_QUERY_BYTES, 32 * dim)
      const scratch = memory.workSpace(wasm.split_scratch(queryBlock, dim))
      const run = isF32(keys) ? wasm.split_dots_f32 : wasm.split_dots_f64
      const outStride = keyCount * 8
      forBlocks(queryCount, queryBlock, (q, queryRows) => {
        wasm.split_pack_queries(rowOffset(queries, q, dim), queryRows, dim, scratch)
        forChunks(wasm, keyCount, (k, keyRows) => {
          const to = rowOffset(out, q, keyCount) + k * 8
          run(to, outStride, queryRows, rowOffset(keys, k, dim), keyRows, dim, scratch)
        })
      })
    },
  }
}

function queryKernels(wasm: WasmExports): QueryKernels {
  return {
    powersOfTwo: (factors, shifts, maxima, count) =>
      wasm.powers_of_two(factors.byteOffset, shifts.byteOffset, maxima.byteOffset, count),
    certifyQueries: (errors, searched, rowSums, columnSizes, gramSizes, ridgeSizes, queryCount, terms) =>
      wasm.certify_queries(
        errors.byteOffset,
        searched.byteOffset,
        rowSums.byteOffset,
        columnSizes.byteOffset,
        gramSizes.byteOffset,
        ridgeSizes.byteOffset,
        queryCount,
        terms.gramError,
        terms.rootError,
        terms.ridge,
        terms.dropRidge,
        terms.shortfall,
        terms.ridgeShare,
        terms.trustedBelow,
      ),
    filterFactors: (factors, rowSums, errors, queryCount, terms) =>
      wasm.filter_factors(
        factors.byteOffset,
        rowSums.byteOffset,
        errors.byteOffset,
        queryCount,
        terms.epsilon,
        terms.room,
        terms.lengths,
        terms.relative,
        terms.underflow,
      ),
    scorePairs: (kept, hits, pairCount, queries, queryCount, keys, keyCount, rowSums, errors, dim, terms) =>
      wasm.score_pairs(
        kept.queries.byteOffset,
        kept.slots.byteOffset,
        kept.dots.byteOffset,
        kept.scores.byteOffset,
        kept.slacks.byteOffset,
        hits.byteOffset,
        pairCount,
        queries.byteOffset,
        queryCount,
        keys.byteOffset,
        keyCount,
        rowSums.byteOffset,
        errors.byteOffset,
        dim,
        terms.rounding,
        terms.limit,
        terms.epsilon,
        terms.queryStart,
        terms.slotStart,
      ),
  }
}

/** Packed queries that stay in the cache while the keys pass by. */
const FILTER_QUERY_BYTES = 2 ** 19
const FILTER_KEY_ROWS = 512
const SPLIT_QUERY_BYTES = 2 ** 20

/** Rows of a block of about `byteLength`: a multiple of 4, at most what there is. */
function blockOf(rowCount: number, byteLength: number, rowBytes: number): number {
  return Math.min(rowCount, Math.max(4, Math.floor(byteLength / (4 * rowBytes)) * 4))
}

/** WebAssembly in calls of at most CHUNK_ROWS rows: V8 replaces a function by its optimised code only between calls. */
function forChunks(
  { grams_f32: native }: KernelExports,
  rowCount: number,
  run: (rowStart: number, count: number) => void,
): void {
  forBlocks(rowCount, native ? Infinity : CHUNK_ROWS, run)
}

function forBlocks(rowCount: number, blockRows: number, run: (start: number, count: number) => void): void {
  for (let r = 0; r < rowCount; r += blockRows) run(r, Math.min(blockRows, rowCount - r))
}

function isF32(rows: Rows): rows is Float32Array {
  return rows instanceof Float32Array
}

function rowOffset(rows: Rows | Uint32Array, row: number, dim: number): number {
  return rows.byteOffset + row * dim * rows.BYTES_PER_ELEMENT
}
