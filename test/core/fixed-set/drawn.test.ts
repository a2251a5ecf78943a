// Catches: draws of long segments, which threads make piece by piece, that differ from those of all rows at once: at the pieces' ends,
// with masks, ranges and segments, of another draw or seed. Cannot catch: whether the numbers are random (test/core/random).
import { fixedSet, type NamedSet, RandomStream } from '@levattention/core/internal'
import { describe, expect, test } from 'vitest'

const ROWS = 150_000
const keys = { rows: ROWS, cols: 1, data: new Float32Array(ROWS) }
const queries = { rows: 0, cols: 1, data: new Float32Array(0) }
const everyFifth = Uint8Array.from({ length: ROWS }, (_, id) => (id % 5 === 0 ? 1 : 0))

/** Of the rows [from, to) that take part: ids of the `keep` largest numbers, ascending. */
function oracle(
  from: number,
  to: number,
  keep: number,
  seed: number,
  draw: number,
  mask?: Uint8Array,
): number[] {
  const stream = new RandomStream(seed, 'selectionRandom')
  return Array.from({ length: to - from }, (_, i) => from + i)
    .filter((id) => mask?.[id] !== 0)
    .map((id) => ({ id, number: stream.uniform(id, draw) }))
    .sort((a, b) => b.number - a.number || a.id - b.id)
    .slice(0, keep)
    .map(({ id }) => id)
    .sort((a, b) => a - b)
}

describe.each([
  { seed: 3, draw: 0, keep: 40 },
  { seed: 4, draw: 5, keep: 70_000 },
])('$keep keys drawn with seed $seed, draw $draw', ({ seed, draw, keep }) => {
  const set: NamedSet = { rule: 'random', keep, seed }
  const plain = { causal: false, queryStart: 0 }
  const chosen = (visibility: object) => [
    ...fixedSet({ keys, queries }, { ...plain, ...visibility }, undefined, set, { draw }),
  ]

  test('of one long segment', () => expect(chosen({})).toEqual(oracle(0, ROWS, keep, seed, draw)))

  test('of a range, under a mask', () => {
    const wanted = oracle(7, ROWS - 9, keep, seed, draw, everyFifth)
    expect(chosen({ keyRows: { rowStart: 7, rowEnd: ROWS - 9 }, keyMask: everyFifth })).toEqual(wanted)
  })

  test('of a long segment and what is left', () => {
    const wanted = [...oracle(0, 100_000, keep, seed, draw), ...oracle(100_000, ROWS, keep, seed, draw)]
    expect(chosen({ segment: 100_000 })).toEqual(wanted)
  })
})
