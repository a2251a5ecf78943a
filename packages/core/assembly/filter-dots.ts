import { dotTile } from './dot-tile'
import { packKeys, packQueries } from './pack-lanes'

// Float32, 4 queries x 8 keys a tile. A NaN must pass: magnitudes are compared as integers, NaN being above 1.

/** Scratch: both sides packed. */
export function filter_scratch(queryCount: usize, keyCount: usize, dim: usize): f64 {
  return (<f64>((queryCount + 3) & ~3) + <f64>((keyCount + 7) & ~7)) * <f64>dim * 4
}

/** queries [queryCount, dim] into the scratch. */
export function filter_pack_queries(queries: usize, queryCount: usize, dim: usize, scratch: usize): void {
  packQueries(queries, scratch, queryCount, dim)
}

/**
 * Kernels.dotsAtLeastOne with the queries that were packed into the same scratch. `queryStart` and `keyStart`
 * are added to the pairs that it writes; returns their number.
 */
export function filter_dots(
  hits: usize, queryCount: usize, keys: usize, keyCount: usize, dim: usize,
  queryStart: u32, keyStart: u32, scratch: usize,
): u32 {
  const queryPanels = scratch
  const keyPanels = scratch + ((((queryCount + 3) & ~3) * dim) << 2)
  packKeys(keys, keyPanels, keyCount, dim)
  const start = hits
  for (let k: usize = 0; k < keyCount; k += 8) {
    for (let q: usize = 0; q < queryCount; q += 4) {
      let bits = filterTile(queryPanels + ((q * dim) << 2), keyPanels + ((k * dim) << 2), dim)
      if (bits == 0) continue
      if (q + 4 > queryCount || k + 8 > keyCount) bits &= present(queryCount - q, keyCount - k)
      while (bits) {
        const lane = ctz(bits)
        store<u32>(hits, queryStart + <u32>q + (lane >> 3))
        store<u32>(hits, keyStart + <u32>k + (lane & 7), 4)
        hits += 8
        bits &= bits - 1
      }
    }
  }
  return <u32>((hits - start) >> 3)
}

/** The bits of the pairs that exist in a tile at the edge. */
function present(queryCount: usize, keyCount: usize): u32 {
  let bits: u32 = 0
  const row = keyCount < 8 ? (1 << <u32>keyCount) - 1 : 0xff
  for (let q: u32 = 0; q < <u32>min(4, queryCount); q++) bits |= row << (q << 3)
  return bits
}

/** Bit 8q + k of the result: |dot(query q, key k)| >= 1 or NaN. queries [dim][4], keys [dim][8]. */
function filterTile(queries: usize, keys: usize, dim: usize): u32 {
  return dotTile(queries, keys, dim, true, 0, 0)
}
