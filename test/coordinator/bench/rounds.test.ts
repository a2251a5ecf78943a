// Catches: a wrong median or ratio, rounds in which one always follows the same other, two runs at once, results of another round.
// Cannot catch: what runs beside on the machine.
import { inRounds } from '#coordinator/bench/rounds'
import { medianOf, ratioOf, spreadOf } from '#coordinator/bench/statistics'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'

test('medians, ends, and of the rounds’ ratios the median', () => {
  expect(spreadOf([3, 1, 2, 10])).toEqual({ median: 2.5, least: 1, most: 10 })
  expect(medianOf([])).toBeNaN()
  // By medians 2.5 / 2; but in two of three rounds they took as long.
  expect(ratioOf([1, 4, 2.5], [1, 4, 2])).toBe(1)
})

test('half of the values are at most the median, half at least; a slower machine changes no ratio', () => {
  const seconds = fc.array(fc.double({ min: 1e-3, max: 1e3, noNaN: true }), { minLength: 1, maxLength: 9 })
  fc.assert(
    fc.property(seconds, fc.double({ min: 0.1, max: 10, noNaN: true }), (values, slower) => {
      const { median, least, most } = spreadOf(values)
      expect(2 * values.filter((value) => value <= median).length).toBeGreaterThanOrEqual(values.length)
      expect(2 * values.filter((value) => value >= median).length).toBeGreaterThanOrEqual(values.length)
      expect([least, most]).toEqual([Math.min(...values), Math.max(...values)])
      expect(
        ratioOf(
          values.map((value) => slower * value),
          values,
        ),
      ).toBeCloseTo(slower, 9)
    }),
  )
})

test('forwards and backwards in turn, one at a time; results by entry and round', async () => {
  const order: string[] = []
  let running = 0
  const results = await inRounds(['a', 'b', 'c'], 3, async (name, round) => {
    expect(++running).toBe(1)
    await new Promise((resolve) => setImmediate(resolve))
    running--
    order.push(name)
    return `${name}${round}`
  })
  expect(order.join('')).toBe('abccbaabc')
  expect(results).toEqual([
    ['a0', 'a1', 'a2'],
    ['b0', 'b1', 'b2'],
    ['c0', 'c1', 'c2'],
  ])
})

test('an abort ends it before the next run', async () => {
  const controller = new AbortController()
  let count = 0
  const rounds = inRounds(
    ['a', 'b'],
    5,
    async () => {
      if (++count === 3) controller.abort()
    },
    controller.signal,
  )
  await expect(rounds).rejects.toMatchObject({ tag: 'Aborted' })
  expect(count).toBe(3)
})
