import { dotTile } from './dot-tile'
import { addProducts, packOctets, PANEL, panelAt } from './gradient-products'
import { clear, TILE_ROW, weighAndSlope } from './gradient-row'
import { packKeys, packQueries } from './pack-lanes'
import { packBlock, seenFrom, seenTo, spanOf } from './softmax'
import { hideOutside } from './softmax-row'

// Gradients of softmax rows, bit for bit those of softmax-gradient-by.ts. A tile is 64 queries and 64 keys: their logits, which
// become P, and <dO, value>, which becomes the slope; then the three products with what lies in the panels.

/** GRADIENT_ROWS. */
const ROWS: usize = 64
/** A tile [64][64] f32. */
const TILE: usize = ROWS * TILE_ROW

// @ts-ignore: decorator
@inline
function octets(width: usize): usize {
  return (width + 7) >> 3
}

/** Scratch: the two tiles, the mask of a block, an edge, bounds; queries and dO in lanes and in octets; keys likewise, and values in lanes. */
export function gradient_scratch(queryCount: usize, dim: usize, valueDim: usize): f64 {
  const groups = (queryCount + ROWS - 1) / ROWS
  const width = <f64>(dim + valueDim)
  const panels = <f64>(octets(dim) + octets(valueDim)) * <f64>groups + <f64>octets(dim)
  const lanes = 4 * (<f64>((queryCount + 3) & ~3) + <f64>ROWS) * width
  return <f64>(2 * TILE + 768) + lanes + <f64>PANEL * panels
}

/** Kernels.softmaxGradient. `starts`, `ends` and `keyMask` are 0 where there are none. */
export function softmax_gradient(
  querySums: usize, keySums: usize, valueSums: usize,
  shifts: usize, totals: usize, means: usize, dOutputs: usize,
  queries: usize, queryCount: usize, keys: usize, keyCount: usize, dim: usize, values: usize, valueDim: usize,
  starts: usize, ends: usize, keyMask: usize, scratch: usize,
): void {
  const weights = scratch
  const slopes = weights + TILE
  const mask = keyMask == 0 ? <usize>0 : slopes + TILE
  const edge = slopes + TILE + 256
  const keyBounds = edge + 256
  const queryBounds = keyBounds + 128
  const fours = (queryCount + 3) & ~3
  const queryLanes = queryBounds + 128
  const outputLanes = queryLanes + ((fours * dim) << 2)
  const keyLanes = outputLanes + ((fours * valueDim) << 2)
  const valueLanes = keyLanes + ((ROWS * dim) << 2)
  const queryOctets = valueLanes + ((ROWS * valueDim) << 2)
  const groups = (queryCount + ROWS - 1) / ROWS
  const outputOctets = queryOctets + groups * octets(dim) * PANEL
  const keyOctets = outputOctets + groups * octets(valueDim) * PANEL
  packQueries(queries, queryLanes, queryCount, dim)
  packQueries(dOutputs, outputLanes, queryCount, valueDim)
  packOctets(queries, queryOctets, queryCount, dim)
  packOctets(dOutputs, outputOctets, queryCount, valueDim)
  for (let keyStart: usize = 0; keyStart < keyCount; keyStart += ROWS) {
    const blockKeys = min(ROWS, keyCount - keyStart)
    const blockTiles = (blockKeys + 7) & ~7
    packBlock(keys, keyStart, blockKeys, dim, keyLanes, keyMask, mask)
    packKeys(values + ((keyStart * valueDim) << 2), valueLanes, blockKeys, valueDim)
    packOctets(keys + ((keyStart * dim) << 2), keyOctets, blockKeys, dim)
    for (let group: usize = 0; group < groups; group++) {
      const first = group * ROWS
      const last = min(first + ROWS, queryCount)
      let isSeen = false
      for (let t = queryBounds; t < queryBounds + 128; t += 8) store<u64>(t, ROWS)
      for (let q = first; q < last; q += 4) {
        const end = min(q + 4, last)
        const at = (q - first) * TILE_ROW
        const span = spanOf(q, end, starts, ends, keyStart, blockKeys)
        isSeen = isSeen || span != 0
        const from = <usize>(span & 0xffff)
        const to = <usize>(span >> 16)
        setBounds(keyBounds, queryBounds, <u32>(q - first), <u32>(end - first), <u32>from, <u32>to)
        fillTiles(queryLanes + ((q * dim) << 2), keyLanes, dim, from, to, weights + at)
        fillTiles(outputLanes + ((q * valueDim) << 2), valueLanes, valueDim, from, to, slopes + at)
        for (let row = q; row < end; row++) {
          const w = weights + (row - first) * TILE_ROW
          const s = slopes + (row - first) * TILE_ROW
          // Keys that nobody of the four queries sees.
          clear(w, s, 0, from)
          clear(w, s, to, blockTiles)
          const start = seenFrom(starts, row, keyStart, blockKeys)
          hideOutside(w, from, to, start, seenTo(ends, row, keyStart, blockKeys), mask)
          weighAndSlope(w, s, from, to, load<f64>(shifts + (row << 3)), load<f64>(totals + (row << 3)), load<f64>(means + (row << 3)))
        }
      }
      if (!isSeen) continue
      const count = last - first
      const keyPanel = panelAt(keys + ((keyStart * dim) << 2), keyOctets, 0, dim)
      const queryPanel = panelAt(queries, queryOctets, first, dim)
      const outputPanel = panelAt(dOutputs, outputOctets, first, valueDim)
      const ofKeys = keySums + ((keyStart * dim) << 3)
      const ofValues = valueSums + ((keyStart * valueDim) << 3)
      addProducts(querySums + ((first * dim) << 3), slopes, TILE_ROW, 4, count, keyPanel, keyBounds, blockKeys, dim, edge)
      addProducts(ofKeys, slopes, 4, TILE_ROW, blockKeys, queryPanel, queryBounds, count, dim, edge)
      addProducts(ofValues, weights, 4, TILE_ROW, blockKeys, outputPanel, queryBounds, count, valueDim, edge)
    }
  }
}

/** Keys from .. to - 1 of queries q .. end - 1: bounds of these four, and what they make of those of the keys' fours. */
function setBounds(keyBounds: usize, queryBounds: usize, q: u32, end: u32, from: u32, to: u32): void {
  store<u32>(keyBounds + (q << 1), from)
  store<u32>(keyBounds + (q << 1), to, 4)
  for (let k = from; k < to; k += 4) {
    const at = queryBounds + (k << 1)
    store<u32>(at, min(load<u32>(at), q))
    store<u32>(at, max(load<u32>(at, 4), end), 4)
  }
}

function fillTiles(rows: usize, lanes: usize, dim: usize, from: usize, to: usize, out: usize): void {
  for (let k = from; k < to; k += 8) oneTile(rows, lanes + ((k * dim) << 2), dim, out + (k << 2))
}

function oneTile(rows: usize, lanes: usize, dim: usize, out: usize): void {
  dotTile(rows, lanes, dim, false, out, TILE_ROW)
}
