import { LevError } from '../errors/errors.ts'
import { checkedDense } from './checked-dense.ts'
import { checkedHeads } from './checked-heads.ts'
import { checkedSoftmax } from './checked-softmax.ts'
import type { Kernels } from './kernels.ts'
import {
  type Operand,
  operand,
  requireCount,
  requireDisjoint,
  requireOperand,
  type Scratch,
  type ScratchOwner,
} from './operands.ts'

/** An implementation before its checks: it may trust every shape. */
export interface UncheckedKernels extends Kernels, ScratchOwner {
  readonly name: Kernels['name']
}

/**
 * `raw` behind the checks that scalar and WASM share, so both refuse the same calls with the same words. `onCall` hears of
 * every kernel that begins: a sign of life inside long work.
 */
export function checkedKernels(raw: UncheckedKernels, onCall: () => void = () => undefined): Kernels {
  const check = (kernel: string, output: Operand[], input: Operand[]) => {
    onCall()
    for (const each of [...output, ...input]) requireOperand(raw, kernel, each)
    requireDisjoint(raw, kernel, output, input)
  }
  return {
    name: raw.name,
    threads: raw.threads,
    f32: (length, content) => raw.f32(requireCount('f32', 'length', length), content),
    f64: (length, content) => raw.f64(requireCount('f64', 'length', length), content),
    u32: (length, content) => raw.u32(requireCount('u32', 'length', length), content),
    u8: (length) => raw.u8(requireCount('u8', 'length', length)),
    mark: () => raw.mark(),
    release: (mark) => raw.release(mark),

    addGram(gram, rows, rowCount, dim) {
      check('addGram', [operand('gram', gram, dim, dim)], [operand('rows', rows, rowCount, dim)])
      raw.addGram(gram, rows, rowCount, dim)
    },
    addGrams(grams, rows, rowCount, count, dim) {
      const inputs = [operand('rows', rows, count * rowCount, dim)]
      check('addGrams', [operand('grams', grams, count * dim, dim)], inputs)
      raw.addGrams(grams, rows, rowCount, count, dim)
    },
    multiply(out, rows, matrix, rowCount, dim, outDim) {
      const inputs = [operand('rows', rows, rowCount, dim), operand('matrix', matrix, dim, outDim)]
      check('multiply', [operand('out', out, rowCount, outDim)], inputs)
      raw.multiply(out, rows, matrix, rowCount, dim, outDim)
    },
    leverage(tau, rows, lower, rowCount, dim, whitened) {
      const outputs = [operand('tau', tau, rowCount, 1)]
      if (whitened !== undefined) outputs.push(operand('whitened', whitened, rowCount, dim))
      check('leverage', outputs, [operand('rows', rows, rowCount, dim), operand('lower', lower, dim, dim)])
      raw.leverage(tau, rows, lower, rowCount, dim, whitened)
    },
    weightedNorms(out, rows, weights, rowCount, dim) {
      const inputs = [operand('rows', rows, rowCount, dim), operand('weights', weights, dim, 1)]
      check('weightedNorms', [operand('out', out, rowCount, 1)], inputs)
      raw.weightedNorms(out, rows, weights, rowCount, dim)
    },
    rowNorms(out, rows, scales, rowCount, dim) {
      requireAlike('rowNorms', { out, rows, scales })
      const inputs = [operand('rows', rows, rowCount, dim), operand('scales', scales, dim, 1)]
      check('rowNorms', [operand('out', out, rowCount, 1)], inputs)
      raw.rowNorms(out, rows, scales, rowCount, dim)
    },
    atLeast(hits, values, threshold, count) {
      check('atLeast', [operand('hits', hits, count, 1)], [operand('values', values, count, 1)])
      return raw.atLeast(hits, values, threshold, count)
    },
    rowMaxima(out, rows, rowCount, dim) {
      check('rowMaxima', [operand('out', out, rowCount, 1)], [operand('rows', rows, rowCount, dim)])
      raw.rowMaxima(out, rows, rowCount, dim)
    },
    rowTops(out, rows, rowCount, dim) {
      check('rowTops', [operand('out', out, rowCount, 1)], [operand('rows', rows, rowCount, dim)])
      raw.rowTops(out, rows, rowCount, dim)
    },
    exp2Sums(out, rows, shifts, rowCount, dim, weights) {
      const outputs = [operand('out', out, rowCount, 1)]
      if (weights !== undefined) outputs.push(operand('weights', weights, rowCount, dim))
      check('exp2Sums', outputs, [
        operand('rows', rows, rowCount, dim),
        operand('shifts', shifts, rowCount, 1),
      ])
      raw.exp2Sums(out, rows, shifts, rowCount, dim, weights)
    },
    scaleRows(
      out: Float32Array | Float64Array,
      rows: Float32Array | Float64Array,
      factors: Float64Array,
      rowCount: number,
      dim: number,
    ) {
      if (out instanceof Float32Array) requireFloat64('scaleRows', rows)
      const inputs = [operand('rows', rows, rowCount, dim), operand('factors', factors, rowCount, 1)]
      check('scaleRows', [operand('out', out, rowCount, dim)], inputs)
      raw.scaleRows(out as Float64Array, rows, factors, rowCount, dim)
    },
    rowDots(out, left, right, rowCount, dim) {
      const inputs = [operand('left', left, rowCount, dim), operand('right', right, rowCount, dim)]
      check('rowDots', [operand('out', out, rowCount, 1)], inputs)
      raw.rowDots(out, left, right, rowCount, dim)
    },
    moveSum(into, from, length) {
      check('moveSum', [operand('into', into, length, 1), operand('from', from, length, 1)], [])
      raw.moveSum(into, from, length)
    },
    dotsAtLeastOne(hits, queries, queryCount, keys, keyCount, dim) {
      const inputs = [operand('queries', queries, queryCount, dim), operand('keys', keys, keyCount, dim)]
      check('dotsAtLeastOne', [operand('hits', hits, queryCount, 2 * keyCount)], inputs)
      return raw.dotsAtLeastOne(hits, queries, queryCount, keys, keyCount, dim)
    },
    compensatedDots(out, queries, queryCount, keys, keyCount, dim) {
      const inputs = [operand('queries', queries, queryCount, dim), operand('keys', keys, keyCount, dim)]
      check('compensatedDots', [operand('out', out, queryCount, keyCount)], inputs)
      raw.compensatedDots(out, queries, queryCount, keys, keyCount, dim)
    },
    powersOfTwo(factors, shifts, maxima, count) {
      const outputs = [operand('factors', factors, count, 1), operand('shifts', shifts, count, 1)]
      check('powersOfTwo', outputs, [operand('maxima', maxima, count, 1)])
      return raw.powersOfTwo(factors, shifts, maxima, count)
    },
    certifyQueries(errors, searched, rowSums, columnSizes, gramSizes, ridgeSizes, queryCount, terms) {
      const vector = (name: string, array: Float64Array) => operand(name, array, queryCount, 1)
      check(
        'certifyQueries',
        [vector('errors', errors), vector('searched', searched)],
        [
          vector('rowSums', rowSums),
          vector('columnSizes', columnSizes),
          vector('gramSizes', gramSizes),
          vector('ridgeSizes', ridgeSizes),
        ],
      )
      return raw.certifyQueries(
        errors,
        searched,
        rowSums,
        columnSizes,
        gramSizes,
        ridgeSizes,
        queryCount,
        terms,
      )
    },
    filterFactors(factors, rowSums, errors, queryCount, terms) {
      const inputs = [operand('rowSums', rowSums, queryCount, 1), operand('errors', errors, queryCount, 1)]
      check('filterFactors', [operand('factors', factors, queryCount, 1)], inputs)
      raw.filterFactors(factors, rowSums, errors, queryCount, terms)
    },
    scorePairs(kept, hits, pairCount, queries, queryCount, keys, keyCount, rowSums, errors, dim, terms) {
      const outputs = Object.entries(kept).map(([name, array]) =>
        operand(name, array as Scratch, pairCount, 1),
      )
      const inputs = [
        operand('hits', hits, pairCount, 2),
        operand('queries of pairs', queries, queryCount, dim),
        operand('keys', keys, keyCount, dim),
        operand('rowSums', rowSums, queryCount, 1),
        operand('errors', errors, queryCount, 1),
      ]
      check('scorePairs', outputs, inputs)
      const keptCount = raw.scorePairs(
        kept,
        hits,
        pairCount,
        queries,
        queryCount,
        keys,
        keyCount,
        rowSums,
        errors,
        dim,
        terms,
      )
      if (keptCount >= 0) return keptCount
      const pair = `pair ${~keptCount} is (${hits[2 * ~keptCount]}, ${hits[2 * ~keptCount + 1]})`
      const message = `scorePairs: ${pair}, and there are ${queryCount} queries, ${keyCount} keys`
      throw new LevError('ShapeMismatch', message)
    },
    ...checkedDense(raw, check),
    ...checkedSoftmax(raw, check),
    ...checkedHeads(raw, check),
  }
}

function requireAlike(kernel: string, arrays: Record<string, Scratch>): void {
  const types = Object.entries(arrays).map(([name, array]) => `${name} is a ${array.constructor.name}`)
  if (new Set(Object.values(arrays).map((array) => array.constructor)).size === 1) return
  throw new LevError('Internal', `${kernel}: ${types.join(', ')}; all need one precision`)
}

function requireFloat64(kernel: string, rows: Scratch): void {
  if (rows instanceof Float64Array) return
  throw new LevError('Internal', `${kernel}: float32 rows can be scaled into float64 only`)
}
