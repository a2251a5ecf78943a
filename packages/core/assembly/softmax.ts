import { dotTile } from './dot-tile'
import { packKeys, packQueries } from './pack-lanes'
import { packValues, addValues } from './softmax-values'
import { hideOutside, keepWeights, LOGIT_ROW, raise, sumWeights, topOf, writeHits } from './softmax-row'

// Softmax rows, bit for bit those of softmax-by.ts and scalar-softmax.ts. A step is 4 queries and the SOFTMAX_KEYS keys of one block: the tiles of their
// logits, then row by row the shift, the weights and their sum, and what is made of them.

/** SOFTMAX_KEYS. */
const KEYS: usize = 256
/** LEAST_HITS: what one step can find. */
const STEP_HITS: u32 = 1024

/** Scratch: a step's logits, the mask of a block, the packed queries, keys and values, a step's sums of values. */
export function softmax_scratch(queryCount: usize, dim: usize, valueDim: usize): f64 {
  const packed = <f64>(((queryCount + 3) & ~3) + KEYS) * <f64>dim
  return 4 * (packed + <f64>(5 * KEYS) + <f64>(KEYS + 4) * <f64>((valueDim + 7) & ~7))
}

/** Kernels.softmaxPairs. `starts`, `ends` and `keyMask` are 0 where there are none. */
export function softmax_pairs(
  hitQueries: usize, hitKeys: usize, hitLogits: usize, capacity: u32, progress: usize,
  shifts: usize, totals: usize, thresholds: usize, absolute: u32,
  queries: usize, queryCount: usize, keys: usize, keyCount: usize, dim: usize,
  starts: usize, ends: usize, keyMask: usize, scratch: usize,
): u32 {
  const logits = scratch
  const mask = keyMask == 0 ? <usize>0 : scratch + 4 * LOGIT_ROW
  const queryPanels = scratch + 5 * LOGIT_ROW
  const keyPanels = queryPanels + ((((queryCount + 3) & ~3) * dim) << 2)
  packQueries(queries, queryPanels, queryCount, dim)
  const quads = (queryCount + 3) >> 2
  const steps = quads * ((keyCount + KEYS - 1) / KEYS)
  let packed: usize = usize.MAX_VALUE
  let found: u32 = 0
  let step: usize = load<u32>(progress)
  for (; step < steps && capacity - found >= STEP_HITS; step++) {
    const keyStart = (step / quads) * KEYS
    const blockKeys = min(KEYS, keyCount - keyStart)
    if (packed != keyStart) {
      packBlock(keys, keyStart, blockKeys, dim, keyPanels, keyMask, mask)
      packed = keyStart
    }
    const first = (step % quads) << 2
    const last = min(first + 4, queryCount)
    const span = spanOf(first, last, starts, ends, keyStart, blockKeys)
    if (span == 0) continue
    const from = <usize>(span & 0xffff)
    const to = <usize>(span >> 16)
    fillLogits(queryPanels + ((first * dim) << 2), keyPanels, dim, from, to, logits)
    for (let q = first; q < last; q++) {
      const row = logits + (q - first) * LOGIT_ROW
      hideOutside(row, from, to, seenFrom(starts, q, keyStart, blockKeys), seenTo(ends, q, keyStart, blockKeys), mask)
      const top = topOf(row, from, to)
      if (top == -Infinity) continue
      const shift = raise(top, shifts + (q << 3), totals + (q << 3), 0, 0)
      const total = load<f64>(totals + (q << 3)) + sumWeights(row, from, to, shift)
      store<f64>(totals + (q << 3), total)
      const at = found << 2
      found += writeHits(
        row, from, to, shift, top, total, load<f64>(thresholds + (q << 3)), absolute,
        hitQueries + at, hitKeys + at, hitLogits + at, <u32>q, <u32>keyStart,
      )
    }
  }
  store<u32>(progress, step < steps ? <u32>step : 0)
  return found
}

/** Kernels.softmaxValues. `starts`, `ends` and `keyMask` are 0 where there are none. */
export function softmax_values(
  sums: usize, shifts: usize, totals: usize,
  queries: usize, queryCount: usize, keys: usize, keyCount: usize, dim: usize, values: usize, valueDim: usize,
  starts: usize, ends: usize, keyMask: usize, scratch: usize,
): void {
  const logits = scratch
  const mask = keyMask == 0 ? <usize>0 : scratch + 4 * LOGIT_ROW
  const queryPanels = scratch + 5 * LOGIT_ROW
  const keyPanels = queryPanels + ((((queryCount + 3) & ~3) * dim) << 2)
  const valuePanels = keyPanels + ((KEYS * dim) << 2)
  packQueries(queries, queryPanels, queryCount, dim)
  for (let keyStart: usize = 0; keyStart < keyCount; keyStart += KEYS) {
    const blockKeys = min(KEYS, keyCount - keyStart)
    packBlock(keys, keyStart, blockKeys, dim, keyPanels, keyMask, mask)
    packValues(values + ((keyStart * valueDim) << 2), valuePanels, blockKeys, valueDim)
    for (let first: usize = 0; first < queryCount; first += 4) {
      const last = min(first + 4, queryCount)
      const span = spanOf(first, last, starts, ends, keyStart, blockKeys)
      if (span == 0) continue
      const from = <usize>(span & 0xffff)
      const to = <usize>(span >> 16)
      fillLogits(queryPanels + ((first * dim) << 2), keyPanels, dim, from, to, logits)
      let seeing: u32 = 0
      for (let q = first; q < last; q++) {
        const row = logits + (q - first) * LOGIT_ROW
        hideOutside(row, from, to, seenFrom(starts, q, keyStart, blockKeys), seenTo(ends, q, keyStart, blockKeys), mask)
        const top = topOf(row, from, to)
        if (top == -Infinity) continue
        seeing |= 1 << <u32>(q - first)
        const shift = raise(top, shifts + (q << 3), totals + (q << 3), sums + ((q * valueDim) << 3), valueDim)
        const total = load<f64>(totals + (q << 3)) + keepWeights(row, from, to, shift)
        store<f64>(totals + (q << 3), total)
      }
      if (seeing) addValues(logits, from, to, valuePanels, valueDim, sums + ((first * valueDim) << 3), seeing)
    }
  }
}

/** The keys of a block to panels [dim][8], and their mask to -inf (hidden) or inf. */
export function packBlock(
  keys: usize, keyStart: usize, blockKeys: usize, dim: usize, panels: usize, keyMask: usize, mask: usize,
): void {
  packKeys(keys + ((keyStart * dim) << 2), panels, blockKeys, dim)
  if (mask == 0) return
  for (let k: usize = 0; k < blockKeys; k++) {
    store<f32>(mask + (k << 2), load<u8>(keyMask + keyStart + k) == 0 ? -Infinity : Infinity)
  }
}

// @ts-ignore: decorator
@inline
/** The first key of a block that query q sees. */
export function seenFrom(starts: usize, q: usize, keyStart: usize, blockKeys: usize): usize {
  if (starts == 0) return 0
  const start: usize = load<u32>(starts + (q << 2))
  return start <= keyStart ? 0 : min(start - keyStart, blockKeys)
}

// @ts-ignore: decorator
@inline
/** The end, exclusive, of the keys of a block that query q sees. */
export function seenTo(ends: usize, q: usize, keyStart: usize, blockKeys: usize): usize {
  return ends == 0 ? blockKeys : seenFrom(ends, q, keyStart, blockKeys)
}

/** What queries first .. last - 1 see of a block, in whole tiles of 8 keys: from | to << 16, 0 where they see nothing. */
export function spanOf(first: usize, last: usize, starts: usize, ends: usize, keyStart: usize, blockKeys: usize): u32 {
  let from = KEYS
  let to: usize = 0
  for (let q = first; q < last; q++) {
    const start = seenFrom(starts, q, keyStart, blockKeys)
    const end = seenTo(ends, q, keyStart, blockKeys)
    if (start >= end) continue
    from = min(from, start)
    to = max(to, end)
  }
  return from >= to ? 0 : <u32>((from & ~7) | (((to + 7) & ~7) << 16))
}

function fillLogits(queryPanel: usize, keyPanels: usize, dim: usize, from: usize, to: usize, logits: usize): void {
  for (let k = from; k < to; k += 8) {
    logitTile(queryPanel, keyPanels + ((k * dim) << 2), dim, logits + (k << 2))
  }
}

function logitTile(queries: usize, keys: usize, dim: usize, out: usize): void {
  dotTile(queries, keys, dim, false, out, LOGIT_ROW)
}
