// What is computed of every query and of every pair that the filter lets pass, bit for bit scalar-queries.ts: a fresh
// thread would interpret it.

/** Kernels.powersOfTwo. */
export function powers_of_two(factors: usize, shifts: usize, maxima: usize, count: usize): u32 {
  for (let i: usize = 0; i < count; i++) {
    const maximum = load<f64>(maxima + (i << 3))
    let exponent: i32 = 0
    if (maximum != 0) {
      exponent = <i32>((reinterpret<u64>(maximum) >> 52) & 0x7ff) - 1022
      if (abs<i32>(exponent) >= 900) return <u32>i
    }
    store<i32>(shifts + (i << 2), -exponent)
    store<f64>(factors + (i << 3), reinterpret<f64>(<u64>(1023 - exponent) << 52))
  }
  return <u32>count
}

/** Kernels.certifyQueries. */
export function certify_queries(
  errors: usize, searched: usize,
  rowSums: usize, columnSizes: usize, gramSizes: usize, ridgeSizes: usize, count: usize,
  gramError: f64, rootError: f64, ridge: f64, dropRidge: f64, shortfall: f64, ridgeShare: f64, trustedBelow: f64,
): u32 {
  let settled: u32 = 0
  for (let at: usize = 0; at < count << 3; at += 8) {
    const rowSum = load<f64>(rowSums + at)
    const columnSize = load<f64>(columnSizes + at)
    let error = Infinity
    if (rowSum > 0)
      error = (gramError * load<f64>(gramSizes + at)) / rowSum + rootError * Math.sqrt(columnSize / rowSum)
    const ridgeLength = Math.sqrt(load<f64>(ridgeSizes + at)) + shortfall * Math.sqrt(columnSize)
    const hidden = max<f64>(ridge * (ridgeLength * ridgeLength), dropRidge * columnSize)
    const isSettled = error <= trustedBelow && hidden <= ridgeShare * rowSum * (1 - error)
    store<f64>(errors + at, error)
    store<f64>(searched + at, isSettled ? rowSum : 0)
    if (isSettled) settled++
  }
  return settled
}

/** Kernels.filterFactors. */
export function filter_factors(
  factors: usize, rowSums: usize, errors: usize, count: usize,
  epsilon: f64, room: f64, lengths: f64, relative: f64, underflow: f64,
): void {
  for (let at: usize = 0; at < count << 3; at += 8) {
    const rowSum = load<f64>(rowSums + at)
    const c = room * Math.sqrt(epsilon * rowSum)
    const e = ((relative + load<f64>(errors + at)) * (lengths * Math.sqrt(rowSum))) / c + underflow
    store<f64>(factors + at, !(rowSum > 0) ? 0 : e < 0.5 ? 1 / (c * (1 - e)) : NaN)
  }
}

/** Kernels.scorePairs; ~i where pair i is of a query or key that is not there. */
export function score_pairs(
  queryOf: usize, slotOf: usize, dots: usize, scores: usize, slacks: usize,
  hits: usize, pairCount: usize, queries: usize, queryCount: u32, keys: usize, keyCount: u32,
  rowSums: usize, errors: usize, dim: usize,
  rounding: f64, limit: f64, epsilon: f64, queryStart: u32, slotStart: u32,
): i32 {
  let kept: usize = 0
  for (let i: usize = 0; i < pairCount; i++) {
    const q = load<u32>(hits + (i << 3))
    const k = load<u32>(hits + (i << 3), 4)
    if (q >= queryCount || k >= keyCount) return ~(<i32>i)
    const query = queries + ((<usize>q * dim) << 3)
    const key = keys + ((<usize>k * dim) << 3)
    let dot: f64 = 0
    let size: f64 = 0
    for (let at: usize = 0; at < dim << 3; at += 8) {
      const product = load<f64>(query + at) * load<f64>(key + at)
      dot += product
      size += abs<f64>(product)
    }
    const own = (rounding * size) / abs<f64>(dot)
    const score = min<f64>(1, (dot * dot) / load<f64>(rowSums + (<usize>q << 3)))
    let slack = own + load<f64>(errors + (<usize>q << 3))
    if (!(own <= limit)) slack = NaN
    else if (!(score >= epsilon * (1 - slack))) continue
    store<u32>(queryOf + (kept << 2), queryStart + q)
    store<u32>(slotOf + (kept << 2), slotStart + k)
    store<f64>(dots + (kept << 3), dot)
    store<f64>(scores + (kept << 3), score)
    store<f64>(slacks + (kept << 3), slack)
    kept++
  }
  return <i32>kept
}
