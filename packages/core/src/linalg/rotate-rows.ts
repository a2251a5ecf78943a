/** The plane rotations of one QL sweep. */
export interface Rotations {
  readonly cosines: Float64Array // [dim]
  readonly sines: Float64Array // [dim]
}

/**
 * Apply rotations end - 1, ..., first to `rows` ([dim, dim]): rotation i replaces row i by c row_i - s row_{i+1}
 * and row i + 1 by s row_i + c row_{i+1}. Two at a time, because the row between them then need not go to
 * memory and back; the arithmetic, and so every bit, is that of one at a time.
 */
export function rotateRows(
  rows: Float64Array,
  dim: number,
  rotations: Rotations,
  first: number,
  end: number, // exclusive
): void {
  let i = end - 1
  for (; i > first; i -= 2) rotateThree(rows, dim, rotations, i)
  if (i === first) rotateTwo(rows, dim, rotations, i)
}

/** Rotation i on rows i, i + 1, then rotation i - 1 on rows i - 1, i. */
function rotateThree(rows: Float64Array, dim: number, { cosines, sines }: Rotations, i: number): void {
  const c = cosines[i]
  const s = sines[i]
  const nextC = cosines[i - 1]
  const nextS = sines[i - 1]
  const end = i * dim + dim
  for (let k = i * dim; k < end; k++) {
    const above = rows[k - dim]
    const here = rows[k]
    const below = rows[k + dim]
    const between = c * here - s * below
    rows[k + dim] = s * here + c * below
    rows[k] = nextS * above + nextC * between
    rows[k - dim] = nextC * above - nextS * between
  }
}

function rotateTwo(rows: Float64Array, dim: number, { cosines, sines }: Rotations, i: number): void {
  const c = cosines[i]
  const s = sines[i]
  const end = i * dim + dim
  for (let k = i * dim; k < end; k++) {
    const here = rows[k]
    const below = rows[k + dim]
    rows[k + dim] = s * here + c * below
    rows[k] = c * here - s * below
  }
}
