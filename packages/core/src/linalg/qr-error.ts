import { UNIT_ROUNDOFF_F64, gamma } from '../arithmetic/numeric.ts'

/** Rows annihilated together by qrUpdate; part of the arithmetic (another number gives other last bits). */
export const QR_BLOCK_ROWS = 512

/** Rows of a block summed apart before the sums are added; keeps the depth, and so the bound, small. */
export const QR_PANEL_ROWS = 32

/** The rounding in c itself, generously. */
const UPWARD = 1 + 2 ** -40

/**
 * c such that the R that ONE `qrUpdate(upper, rows, rowCount, dim)` computes is exact for a nearby matrix, column by
 * column: with A = [old R; rows] and its columns a_j there are an orthogonal Q and a matrix E with
 *
 *     Q [R; 0] = A + E,   |e_j|_2 <= c |a_j|_2 for every column j.
 *
 * So for every q, with D_a = |a_a|_2:  | |R q|_2 - |A q|_2 |  <=  c sum_a D_a |q_a|; column norms of R are those
 * of A to a relative c; singular values of R D^-1 are those of A D^-1 to within c sqrt(dim).
 * Errors compose: after updates with c_1 and c_2 the R is that of all rows with c_1 + c_2 + c_1 c_2; merging
 * [R_1; R_2] (an update with dim rows) with max(c_1, c_2) and the merge's c. Returns Infinity where the
 * bound is void. Overflow and underflow aside.
 *
 * This is Higham 2002, Lemma 19.3 and Theorem 19.4, with every constant written out. Let a reflector act
 * on m = r + 1 numbers, and let every sum in it be at most `depth` roundings deep, products included.
 * 1. P = I - v v^T / h with the v that was computed and h = v^T v / 2 is orthogonal, whatever v's errors. The
 *    computed h is h (1 + eta), |eta| <= gamma_depth; so 1 / h is off by gamma_{depth+1} at most.
 * 2. Another column y: the computed v^T y is off by gamma_depth |v| |y|; dividing by h, multiplying by v_i and
 *    subtracting makes |computed - P y| <= |v|^2/h (gamma_depth + gamma_{depth+3}) |y| + rounding of the result
 *    <= 2 gamma_{2 depth+4} |y|, because |v|^2 / h = 2.
 * 3. Its own column x is not computed but set to (-+|x|, 0). The computed norm is off by gamma_{depth+1}, so v_0
 *    by gamma_{depth+2} relative, and P x by twice that times |x|: in all 3 gamma_{depth+2} <= 2 gamma_{2 depth+4}.
 * 4. So every reflector adds epsilon = 2 gamma_{2 depth+4} of the column's norm. Column j meets j + 1 <= dim of them
 *    in each block, T = dim * blocks in all: (1 + epsilon)^T - 1 <= T epsilon / (1 - T epsilon) = c.
 */
export function qrColumnError(rowCount: number, dim: number): number {
  const blockRows = Math.ceil(Math.min(rowCount, QR_BLOCK_ROWS) / 4) * 4
  // Product; sums within a panel (four at a time, the first onto zero); two to join the four; panels.
  const panelRows = Math.min(blockRows, QR_PANEL_ROWS)
  const depth = 1 + (panelRows / 4 - 1) + 2 + Math.ceil(blockRows / QR_PANEL_ROWS)
  const reflectors = dim * Math.ceil(rowCount / QR_BLOCK_ROWS)
  if (reflectors === 0) return 0
  const growth = reflectors * 2 * gamma(2 * depth + 4, UNIT_ROUNDOFF_F64)
  return growth < 1 ? (growth / (1 - growth)) * UPWARD : Infinity
}
