// Catches: places that are lost, in another order than one sort gives, equal ones exchanged; pieces that are too long to wait for. Cannot
// catch: what a piece takes.
import { atOnce, sortingOrder } from '@levattention/core/internal'
import { expect, test } from 'vitest'

test.each([0, 1, 2, 8191, 8192, 8193, 16_384, 16_385, 30_000, 100_000])(
  '%i places are sorted by pieces as by one sort, equal ones as they are numbered',
  (count) => {
    const values = Float64Array.from({ length: count }, (_, i) => Math.round(20 * Math.sin(i * i)))
    const compare = (a: number, b: number) => values[a] - values[b]
    const wanted = Uint32Array.from({ length: count }, (_, i) => i).sort((a, b) => compare(a, b) || a - b)
    expect(atOnce(sortingOrder(count, compare))).toEqual(wanted)
    expect([...sortingOrder(count, compare)].length).toBeGreaterThanOrEqual(Math.floor(count / 8192))
  },
)
