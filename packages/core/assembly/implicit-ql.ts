// linalg/implicit-ql.ts, bit for bit, a batch of sweeps at a time: their rotations are kept, so that the vectors can follow.

const SWEEPS_PER_VALUE: usize = 30
const UNIT_ROUNDOFF: f64 = 1.1102230246251565e-16 // 2^-53
const NEGLIGIBLE: f64 = 3.054936363499605e-151 // 2^-500

/** Where the work stands: the value that is sought, the sweeps that were made. Two u32, zero at first. */
const MADE: usize = 4

/**
 * Up to `most` sweeps more. Returns how many were made, fewer than `most` only where all values are found; -1 - i where value i does not
 * converge. Where `rotations` is not 0, sweep s leaves cosine and sine of its rotations i = ranges[s][0] .. ranges[s][1] - 1
 * at rotations[s][i], [most, dim, 2] in all; ranges [most, 2] are u32.
 */
export function implicit_ql(
  diagonal: usize, offDiagonal: usize, dim: usize, state: usize, most: usize, rotations: usize, ranges: usize,
): i32 {
  let start = <usize>load<u32>(state)
  let made: usize = 0
  while (start < dim) {
    const last = blockEnd(diagonal, offDiagonal, start, dim)
    if (last === start) {
      start++
      continue
    }
    if (made === most) break
    if (<usize>load<u32>(state, MADE) === SWEEPS_PER_VALUE * dim) return -1 - <i32>start
    store<u32>(state, load<u32>(state, MADE) + 1, MADE)
    const kept = rotations ? rotations + ((made * dim) << 4) : 0
    const first = sweep(diagonal, offDiagonal, start, last, kept)
    if (ranges) {
      store<u32>(ranges + (made << 3), <u32>first)
      store<u32>(ranges + (made << 3), <u32>last, 4)
    }
    made++
  }
  store<u32>(state, <u32>start)
  return <i32>made
}

/** The last index of the unreduced block that begins at `start`. */
function blockEnd(diagonal: usize, offDiagonal: usize, start: usize, dim: usize): usize {
  let i = start
  for (; i < dim - 1; i++) {
    const size = abs(load<f64>(offDiagonal + (i << 3)))
    const sum = abs(load<f64>(diagonal + (i << 3))) + abs(load<f64>(diagonal + (i << 3), 8))
    if (size <= UNIT_ROUNDOFF * sum || size <= NEGLIGIBLE) break
  }
  return i
}

/** One QL step on the block start..last; rotations i = the result .. last - 1 go to kept[i], where that is not 0. */
function sweep(diagonal: usize, offDiagonal: usize, start: usize, last: usize, kept: usize): usize {
  let cosine: f64 = 1
  let sine: f64 = 1
  let carried: f64 = 0
  const top = load<f64>(diagonal + (start << 3))
  const shift = wilkinsonShift(top, load<f64>(diagonal + (start << 3), 8), load<f64>(offDiagonal + (start << 3)))
  let g = load<f64>(diagonal + (last << 3)) - shift
  for (let i = last; i > start; i--) {
    const off = offDiagonal + ((i - 1) << 3)
    const entry = diagonal + ((i - 1) << 3)
    const f = sine * load<f64>(off)
    const b = cosine * load<f64>(off)
    const radius = hypotenuse(f, g)
    store<f64>(off, radius, 8)
    if (radius === 0) {
      store<f64>(entry, load<f64>(entry, 8) - carried, 8)
      store<f64>(offDiagonal + (last << 3), 0)
      return i
    }
    sine = f / radius
    cosine = g / radius
    const reduced = load<f64>(entry, 8) - carried
    const mixed = (load<f64>(entry) - reduced) * sine + 2 * cosine * b
    carried = sine * mixed
    store<f64>(entry, reduced + carried, 8)
    g = cosine * mixed - b
    if (kept) {
      store<f64>(kept + ((i - 1) << 4), cosine)
      store<f64>(kept + ((i - 1) << 4), sine, 8)
    }
  }
  store<f64>(diagonal + (start << 3), load<f64>(diagonal + (start << 3)) - carried)
  store<f64>(offDiagonal + (start << 3), g)
  store<f64>(offDiagonal + (last << 3), 0)
  return start
}

/** The eigenvalue of [[first, off], [off, second]] nearer to `first`. */
function wilkinsonShift(first: f64, second: f64, off: f64): f64 {
  const ratio = (second - first) / (2 * off)
  const root = hypotenuse(ratio, 1)
  return first - off / (ratio >= 0 ? ratio + root : ratio - root)
}

function hypotenuse(a: f64, b: f64): f64 {
  const large = max(abs(a), abs(b))
  if (large === 0) return 0
  const ratio = min(abs(a), abs(b)) / large
  return large * Math.sqrt(1 + ratio * ratio)
}
