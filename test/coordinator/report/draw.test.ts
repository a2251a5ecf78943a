// Catches: marks of an axis that are no round numbers or lie outside of it, labels that are moved onto one another or out of order, numbers that
// read as others. Cannot catch: what a drawing looks like; the browser's test does a part of that.
import { numberText } from '#coordinator/cli/text/number-text'
import { count, counted, errorText, escaped, plain, share, withError } from '#coordinator/report/draw/numbers'
import { linearScale, logScale, niceStep } from '#coordinator/report/draw/scale'
import { spread } from '#coordinator/report/draw/spread'
import { figureSvg } from '#coordinator/report/draw/figure'
import { thinned } from '#coordinator/report/plots/thinned'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'

test('shares are read as commands take them, three decimals, two digits below 0.01', () => {
  const read = [
    0, 1, 0.9999999999, 0.99999998, 0.9996, 0.5, 0.0314159, 0.01, 0.0023, 0.001, 1.5e-7, 1.961, 1234.4,
  ].map(share)
  expect(read).toEqual([
    '0',
    '1',
    '1',
    'above 0.9999',
    '0.9996',
    '0.500',
    '0.031',
    '0.010',
    '0.0023',
    '0.0010',
    '1.5e-7',
    '1.961',
    '1,234',
  ])
})

test('what is nearly all is not told as less, nor an error as more than it is', () => {
  expect(withError(0.99999998, 8e-9)).toBe('above 0.9999')
  expect(withError(0.99995, 0.002)).toBe('1.000 ± 0.002')
  expect(withError(0.521, 0.0012)).toBe('0.521 ± 0.001')
  expect(withError(0.521, 8e-9)).toBe('0.521 ± 8e-9')
  expect([errorText(0.5, 0.031), errorText(0.004, 2e-5)]).toEqual(['0.03', '2e-5'])
})

test('counts have groups of three, nouns their plural, markup no meaning', () => {
  expect([count(999), count(1000), count(1_234_567)]).toEqual(['999', '1,000', '1,234,567'])
  expect([counted(1, 'key'), counted(2, 'key'), counted(2, 'query')]).toEqual([
    '1 key',
    '2 keys',
    '2 queries',
  ])
  expect([plain(0.05), plain(1e-4), plain(5e-7)]).toEqual(['0.05', '0.0001', '5e-7'])
  expect(escaped(`<a href="x">&'`)).toBe("&lt;a href=&quot;x&quot;&gt;&amp;'")
})

test.each([0.05, 0.0012, 1e-4, 5.5e-4, 2e-5, 1e-6, 5e-7, 3.1e-12])(
  'pages write %d as the screen does',
  (value) => {
    expect(plain(value)).toBe(numberText(value))
    expect(Number(share(value))).toBeCloseTo(value, 3)
    expect(share(value).includes('e')).toBe(numberText(value).includes('e'))
  },
)

test('law: linear marks are multiples of 1, 2 or 5 times a power of ten, within the axis, ascending', () => {
  const most = fc.double({ min: 1e-6, max: 1e9, noNaN: true })
  fc.assert(
    fc.property(most, fc.integer({ min: 3, max: 9 }), (end, tickCount) => {
      const scale = linearScale(end, { tickCount })
      const { ticks } = scale
      expect(ticks.length).toBeGreaterThan(1)
      expect(ticks.length).toBeLessThanOrEqual(tickCount + 1)
      ticks.forEach((tick, i) => expect(tick).toBeGreaterThan(ticks[i - 1] ?? -1))
      expect(ticks[ticks.length - 1]).toBeLessThanOrEqual(end * (1 + 1e-9))
      const step = niceStep(end / tickCount)
      expect([1, 2, 5, 10]).toContain(
        Number((step / 10 ** Math.floor(Math.log10(step) + 1e-9)).toPrecision(6)),
      )
      expect([scale.at(0), scale.at(end), scale.at(2 * end)]).toEqual([0, 1, 1])
    }),
  )
})

test('logarithmic marks are powers, at most eight, and places are even in them', () => {
  expect(logScale(1, 1000).ticks).toEqual([1, 10, 100, 1000])
  expect(logScale(1e-3, 1).ticks).toEqual([0.001, 0.01, 0.1, 1])
  expect(logScale(1, 256, 4).ticks).toEqual([1, 4, 16, 64, 256])
  expect(logScale(1e-12, 1).ticks).toHaveLength(7)
  expect(logScale(1, 10_000).at(100)).toBeCloseTo(0.5, 12)
  expect(logScale(1, 10).at(0)).toBe(0)
})

test('law: labels keep their order and their gap, and stay inside where there is room', () => {
  const places = fc.array(fc.double({ min: 0, max: 200, noNaN: true }), { minLength: 1, maxLength: 8 })
  fc.assert(
    fc.property(places, (given) => {
      const moved = spread(given, 15, 0, 200)
      const order = [...given.keys()].sort((a, b) => given[a] - given[b] || a - b)
      order.forEach((index, i) => {
        expect(moved[index]).toBeGreaterThanOrEqual(-1e-9)
        expect(moved[index]).toBeLessThanOrEqual(200 + 1e-9)
        if (i > 0) expect(moved[index] - moved[order[i - 1]]).toBeGreaterThanOrEqual(15 - 1e-9)
      })
    }),
  )
  expect(spread([10, 100], 15, 0, 200)).toEqual([10, 100])
})

test('law: a thinned curve keeps its ends and its order, and no point is further from one that is kept than can be seen', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0, max: 300, noNaN: true }), { minLength: 1, maxLength: 200 }),
      (xs) => {
        const points = xs.toSorted((a, b) => a - b)
        const kept = thinned(points, (x) => [x, 0])
        expect(kept[0]).toBe(points[0])
        expect(kept[kept.length - 1]).toBe(points[points.length - 1])
        for (const x of points) expect(Math.min(...kept.map((one) => Math.abs(one - x)))).toBeLessThan(1.5)
      },
    ),
  )
})

test('a figure of its own has its title, its note and both themes, and refers to nothing', () => {
  const svg = figureSvg({
    name: 'x',
    title: 'A <title> that is long enough to be broken into several lines of words',
    width: 360,
    height: 100,
    body: '<path d="M0 0"/>',
    note: ['Score: ', { shades: [0.5, 1], colour: 'leverage' }, ' from 1, 2. Drawn as figure 2 of a paper.'],
  })
  // As wide as 15 px of a wide font, semibold, let it be.
  for (const [, line] of svg.matchAll(/class="title"[^>]*>([^<]*)/g))
    expect(line.replaceAll(/&\w+;/g, '.').length).toBeLessThanOrEqual(36)
  expect(svg).toMatch(/>from 1, 2\. Drawn as figure 2/)
  expect(svg.match(/class="title"/g)).toHaveLength(2)
  expect(svg).toContain('&lt;title&gt;')
  expect(svg).toContain('prefers-color-scheme:dark')
  expect(svg.match(/class="f-leverage" fill-opacity/g)).toHaveLength(2)
  expect(svg.replace('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:|url\(|@import/)
})
