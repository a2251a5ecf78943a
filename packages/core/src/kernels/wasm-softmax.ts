import type { SoftmaxGradients } from './softmax-gradients.ts'
import type { HeadInputs, SoftmaxHeads } from './softmax-heads.ts'
import type { SoftmaxBlock, SoftmaxKernels } from './softmax-kernels.ts'
import type { WasmExports } from './wasm-exports.ts'
import type { WasmMemory } from './wasm-memory.ts'

export function softmaxKernels(wasm: WasmExports, memory: WasmMemory): SoftmaxKernels {
  return {
    softmaxPairs(hits, rows, thresholds, block, thresholdsOf = 'weights') {
      const { queryCount, dim } = block
      const scratch = memory.workSpace(wasm.softmax_scratch(queryCount, dim, 0))
      return wasm.softmax_pairs(
        hits.queries.byteOffset,
        hits.keys.byteOffset,
        hits.logits.byteOffset,
        hits.capacity,
        hits.progress.byteOffset,
        rows.shifts.byteOffset,
        rows.totals.byteOffset,
        thresholds.byteOffset,
        thresholdsOf === 'logits' ? 1 : 0,
        block.queries.byteOffset,
        queryCount,
        block.keys.byteOffset,
        block.keyCount,
        dim,
        ...visibilityOffsets(block),
        scratch,
      )
    },
    softmaxValues(sums, rows, block, values, valueDim) {
      const { queryCount, dim } = block
      const scratch = memory.workSpace(wasm.softmax_scratch(queryCount, dim, valueDim))
      wasm.softmax_values(
        sums.byteOffset,
        rows.shifts.byteOffset,
        rows.totals.byteOffset,
        block.queries.byteOffset,
        queryCount,
        block.keys.byteOffset,
        block.keyCount,
        dim,
        values.byteOffset,
        valueDim,
        ...visibilityOffsets(block),
        scratch,
      )
    },
  }
}

export function gradientKernels(wasm: WasmExports, memory: WasmMemory): SoftmaxGradients<Float32Array> {
  return {
    softmaxGradient(into, rows, block, values, valueDim) {
      const { queryCount, dim } = block
      const scratch = memory.workSpace(wasm.gradient_scratch(queryCount, dim, valueDim))
      wasm.softmax_gradient(
        into.queries.byteOffset,
        into.keys.byteOffset,
        into.values.byteOffset,
        rows.shifts.byteOffset,
        rows.totals.byteOffset,
        rows.means.byteOffset,
        rows.dOutputs.byteOffset,
        block.queries.byteOffset,
        queryCount,
        block.keys.byteOffset,
        block.keyCount,
        dim,
        values.byteOffset,
        valueDim,
        ...visibilityOffsets(block),
        scratch,
      )
    },
  }
}

export function headKernels(wasm: WasmExports, memory: WasmMemory): SoftmaxHeads {
  return {
    softmaxHead(output, { octaves, shifts, totals, sums }, head, factor) {
      const { rows, keyCount, dim, valueDim } = head
      const scratch = memory.workSpace(wasm.head_scratch(rows, keyCount, dim, valueDim))
      wasm.softmax_head(
        output.byteOffset,
        octaves.byteOffset,
        shifts.byteOffset,
        totals.byteOffset,
        sums.byteOffset,
        head.queries.byteOffset,
        ...keptOffsets(head),
        factor,
        scratch,
      )
    },
    softmaxHeadGradient(out, dOutput, { octaves, shifts, totals, sums }, head, scale, inverse) {
      const { rows, keyCount, dim, valueDim } = head
      const scratch = memory.workSpace(wasm.head_gradient_scratch(rows, keyCount, dim, valueDim))
      wasm.softmax_head_gradient(
        out.dQueries.byteOffset,
        out.dKeys.byteOffset,
        out.dValues.byteOffset,
        dOutput.byteOffset,
        octaves.byteOffset,
        shifts.byteOffset,
        totals.byteOffset,
        sums.byteOffset,
        ...keptOffsets(head),
        scale,
        inverse,
        scratch,
      )
    },
  }
}

function keptOffsets({
  keys,
  values,
  ids,
  rows,
  keyCount,
  dim,
  valueDim,
}: HeadInputs): [
  keys: number,
  values: number,
  ids: number,
  rows: number,
  keyCount: number,
  dim: number,
  valueDim: number,
] {
  return [keys.byteOffset, values.byteOffset, ids?.byteOffset ?? 0, rows, keyCount, dim, valueDim]
}

/** 0 where absent: no array lies there. */
function visibilityOffsets({
  ranges,
  keyMask,
}: SoftmaxBlock): [starts: number, ends: number, keyMask: number] {
  return [ranges?.starts.byteOffset ?? 0, ranges?.ends.byteOffset ?? 0, keyMask?.byteOffset ?? 0]
}
