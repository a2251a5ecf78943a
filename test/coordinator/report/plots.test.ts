// Catches: a page or a plot that says what its numbers do not. Cannot catch: what it looks like; the browser's test does a part of that.
import type { HeadCoverage } from '#coordinator/coverage/coverage-facts'
import { cellsOf, type Layout } from '#coordinator/report/facts/layout'
import { PairShape } from '#coordinator/report/facts/pair-shape'
import { type HeadReport, ROUND_EPSILONS } from '#coordinator/report/facts/report-facts'
import { highLeverage } from '#coordinator/tasks/high-leverage'
import { ScoreShape } from '#coordinator/report/facts/score-shape'
import { figureHtml } from '#coordinator/report/draw/figure'
import { headFigures } from '#coordinator/report/page/head-section'
import { reportPage } from '#coordinator/report/page/page'
import { plainAnswers } from '#coordinator/report/page/answers'
import { heldBars } from '#coordinator/report/plots/held-bars'
import { heldHistogram } from '#coordinator/report/plots/held-histogram'
import { massPlot } from '#coordinator/report/plots/mass-plot'
import { noPairs } from '#coordinator/report/plots/no-pairs'
import { pairsMap } from '#coordinator/report/plots/pairs-map'
import { scoresPlot } from '#coordinator/report/plots/scores-plot'
import { sizePlot } from '#coordinator/report/plots/size-plot'
import { expect, test } from 'vitest'
import { headOf, reportOf } from './facts.ts'

/** Pairs of m queries and n keys, each query with its own key. */
function mapOf(n: number, m: number) {
  const shape = new PairShape({ attention: 'power', epsilon: 0.01, n, m })
  const queryIds = [...Array(m).keys()]
  shape.add({ queryIds, keyIds: queryIds.map((query) => query % n), scores: queryIds.map(() => 0.5) })
  return pairsMap(shape.facts(), { p: 2, isCausal: false })
}

test('cells of a map are as wide as their axis needs, and words fit', () => {
  const few = mapOf(9, 6)
  // 300 / 6 high, 300 / 9 wide.
  expect(few.body).toContain('h33.3v50h-33.3z')
  expect(few.note).toEqual(['A cell is one pair; bars above: pairs by key.'])
  const wide = mapOf(40, 640)
  expect(figureHtml(wide)).toContain('A bin is 10 queries by 1 key; bars above: pairs by key.')
  // 1,000,000 at the left takes nine characters.
  const left = Number(/class="frame" x="([\d.]+)"/.exec(mapOf(40, 1_000_000).body)![1])
  expect(left).toBeGreaterThan(9 * 6.5)
})

test('half of the pairs lie on so many keys, where that is a part of them', () => {
  const shape = new PairShape({ attention: 'softmax', epsilon: 0.01, n: 5, m: 9 })
  shape.add({ queryIds: [0, 1, 2, 3], keyIds: [0, 0, 1, 2], scores: [1, 1, 1, 1] })
  expect(pairsMap(shape.facts(), { p: 2, isCausal: false }).title).toBe(
    'Softmax: 4 heavy pairs on 3 keys; half of them on 1 key',
  )
  expect(mapOf(1, 1).title).toBe('|q·k|²: 1 heavy pair on 1 key')
})

test('beside a median stands the median of even attention, never a mean', () => {
  const [held] = headOf(0, 64, 64).coverage!.selections
  const words = { name: 'x', what: 'They hold', xLabel: 'weight', figure: 4 }
  const even = heldHistogram({ ...held, uniformMass: 0.32, uniformMedian: 0.195 }, words)!
  expect(even.body).toContain('even attention 0.195')
  const { uniformMedian: _u, ...older } = { ...held, uniformMass: 0.32 }
  expect(heldHistogram(older, words)!.body).not.toContain('even attention')
})

/** Scores of n keys, of which those from `floor` on are known. */
function scoredHead(
  all: readonly number[],
  { floor = 0, layout = { kind: 'rows' } }: { readonly floor?: number; readonly layout?: Layout } = {},
): HeadReport {
  const n = all.length
  const epsilons = [0.05, ...ROUND_EPSILONS].filter((epsilon) => epsilon >= floor)
  const shape = new ScoreShape({ n, epsilons, topCount: 32, cells: cellsOf(layout, n), floor })
  all.forEach((score, key) => score >= floor && shape.add(key, score))
  const { power: _w, softmax: _x, coverage: _v, attended: _t, m: _m, ...head } = headOf(0, n, n, layout)
  return { ...head, scores: shape.facts(), epsilon: 0.05 }
}

function figureOf(head: HeadReport, name: string, layout: Layout = { kind: 'rows' }) {
  return headFigures(head, reportOf([head], { layout })).find((one) => one.name === name)!
}

test('where the kept scores stop, what is below is said not to be known, and the curve has an open end', () => {
  const all = Array.from({ length: 200 }, (_, key) => (key < 12 ? 0.3 / (1 + key) + 0.05 : 0.03))
  const kept = figureOf(scoredHead(all, { floor: 0.05 }), 'size')
  expect(kept.title).toBe(
    '|U| is at most a tenth of the keys from epsilon 0.05 on; below that it is not known',
  )
  expect(kept.body).toContain('class="mark-open"')
  expect(kept.body).toContain('>not known<')
  // All known: 0.03 is where the others come in.
  const whole = figureOf(scoredHead(all), 'size')
  expect(whole.title).toBe('|U| is at most a tenth of the keys from epsilon 0.031 on')
  expect(whole.body).not.toContain('mark-open')
  const tiny = figureOf(scoredHead(all.map((score, key) => (key < 12 ? score : 1e-6))), 'size')
  expect(tiny.title).toBe('|U| is at most a tenth of the keys from epsilon 1.1e-6 on')
  // The axis goes on to where U holds nearly all.
  expect(tiny.body).toContain('>1e-7<')
  const none = figureOf(scoredHead(all.map((score, key) => (key < 12 ? score : 1e-8))), 'size')
  expect(none.title).toBe('|U| is at most a tenth of the keys at every epsilon tried, from 1e-7 on')
})

test('where no epsilon helps it is told in plain words, and that bounds are loose', () => {
  const all = Array.from({ length: 40 }, (_, key) => (key < 20 ? 1 : 0.5))
  const { title } = figureOf({ ...scoredHead(all), kind: 'bounds', p: 4 }, 'size')
  expect(title).toBe('Even at epsilon 0.99 U keeps more than a tenth of the keys: these bounds are loose')
  expect(figureOf(scoredHead(all), 'size').title).not.toContain('loose')
})

test('the name of epsilon covers no part of the curve', () => {
  // Two keys are left at 0.05, and the curve ends right of it: there is room above them alone.
  const points = [
    [0.09, 1],
    [0.06, 2],
    [0.02, 400],
    [0.001, 1000],
  ] as const
  const { body } = sizePlot({
    n: 1000,
    noun: 'key',
    points,
    isStepped: true,
    epsilon: 0.05,
    size: 2,
    helping: { epsilon: 0.05, size: 2 },
  })
  const [, x, y] = /<text x="([\d.]+)" y="([\d.]+)" class="t-epsilon halo">epsilon 0.05/
    .exec(body)!
    .map(Number)
  const dot = /class="f-leverage" cx="([\d.]+)" cy="([\d.]+)"/.exec(body)!.map(Number)
  expect(x).toBeGreaterThan(dot[1])
  expect(y).toBeLessThan(dot[2] - 8)
  // No room on the right: left, above all that lies there.
  const late = sizePlot({
    n: 197,
    noun: 'key',
    points: [
      [0.95, 1],
      [0.5, 3],
      [0.2, 100],
      [0.1, 197],
    ],
    epsilon: 0.6,
    size: 1,
    helping: { epsilon: 0.4, size: 10 },
  })
  const [, at, height] = /<text x="([\d.]+)" y="([\d.]+)" class="t-epsilon halo" text-anchor="end">/
    .exec(late.body)!
    .map(Number)
  // Three keys at 0.5, on an axis of 1 to 1,000 from 210 up to 26.
  expect(height).toBeLessThan(210 - (Math.log10(3) / 3) * 184)
  expect(at).toBeLessThan(320)
})

/** Corners of the lines that a figure draws, in pixels; of an axis and its grid none. */
function linesOf(body: string): [number, number][][] {
  return [...body.matchAll(/<path class="ln [^"]*" d="([^"]*)"/g)].map(([, d]) => {
    let [x, y] = [0, 0]
    return [...d.matchAll(/([MLHV])([\d.]+)(?: ([\d.]+))?/g)].map(([, kind, a, b]) => {
      if (kind === 'V') y = Number(a)
      else x = Number(a)
      if (b !== undefined) y = Number(b)
      return [x, y]
    })
  })
}

/** Whether a line passes through the words that match, of 6.2 pixels a character. */
function isStruck(body: string, words: RegExp): boolean {
  const [, left, base, more, said] = new RegExp(
    `<text x="([\\d.]+)" y="([\\d.]+)"([^>]*)>(${words.source})<`,
  ).exec(body)!
  const width = said.length * 6.2
  const from = Number(left) - (more.includes('"end"') ? width : 0)
  const y = Number(base)
  return linesOf(body).some((points) =>
    points.some(([toX, toY], i) => {
      if (i === 0) return false
      const [x, fromY] = points[i - 1]
      return Array.from({ length: 200 }, (_, step) => step / 199).some((part) => {
        const at = [x + part * (toX - x), fromY + part * (toY - fromY)]
        return at[0] > from - 2 && at[0] < from + width + 2 && at[1] > y - 10 && at[1] < y + 2
      })
    }),
  )
}

test('no line passes through the words of |U| against epsilon, and a number stands near its dot', () => {
  // As the recogniser's head: the line of d/epsilon right above the dot, the one of epsilon left of it.
  const ocr = [
    [0.105, 1],
    [0.1, 4],
    [0.085, 8],
    [0.075, 15],
    [0.06, 20],
    [0.05, 34],
    [0.043, 49],
    [0.035, 110],
    [0.025, 300],
    [0.018, 450],
    [0.012, 512],
  ] as const
  const size = 49
  const marked = sizePlot({
    n: 512,
    noun: 'key',
    points: ocr,
    isStepped: true,
    epsilon: 0.01,
    size: 512,
    total: 15,
    helping: { epsilon: 0.043, size },
  })
  const label = /49 at 0\.043/
  expect(isStruck(marked.body, label)).toBe(false)
  expect(isStruck(marked.body, /d\/epsilon/)).toBe(false)
  const dot = /cx="([\d.]+)" cy="([\d.]+)" r="3.2"/.exec(marked.body)!.map(Number)
  const at = new RegExp(`<text x="([\\d.]+)" y="([\\d.]+)"[^>]*>${label.source}`)
    .exec(marked.body)!
    .map(Number)
  expect(Math.hypot(at[1] - dot[1], at[2] - dot[2])).toBeLessThan(40)
  // The line of epsilon passes where d/epsilon would be named.
  const million = sizePlot({
    n: 1e6,
    noun: 'key',
    points: [
      [0.1, 1],
      [0.01, 194],
      [1e-4, 200],
      [5e-5, 1e6],
    ],
    epsilon: 0.01,
    size: 194,
    total: 64,
  })
  expect(isStruck(million.body, /d\/epsilon/)).toBe(false)
  // A dozen epsilons, the last of them at the corner.
  const few = sizePlot({
    n: 40,
    noun: 'key',
    points: [
      [0.9, 2],
      [0.5, 2],
      [0.2, 10],
      [0.01, 40],
    ],
    helping: { epsilon: 0.5, size: 2 },
    total: 2,
  })
  expect(isStruck(few.body, /2 at 0\.5/)).toBe(false)
})

/** Coverage whose masses a sample has judged. */
function sampled(masses: Readonly<Record<string, number>>, error: number): HeadCoverage {
  const coverage = headOf(0, 512, 512).coverage!
  return {
    ...coverage,
    judged: 64,
    selections: coverage.selections
      .filter(({ select }) => masses[select] !== undefined)
      .map((one) => ({ ...one, massMean: masses[one.select], massStandardError: error })),
  }
}

test('masses of a sample have their standard errors, two digits, and no winner within them', () => {
  const coverage = sampled({ best: 0.8, leverage: 0.5213, 'norm-max': 0.5021, random: 0.1 }, 0.031)
  const head = { ...headOf(0, 512, 512), coverage }
  const facts = reportOf([head, { ...head, index: 1 }], { sample: { rows: 64, of: 512 } })
  const one = reportOf([head], { sample: { rows: 64, of: 512 } })
  const told = plainAnswers(one).map(({ answer }) => answer)
  expect(told.join(' ')).toContain(
    'Chosen by leverage 0.52 ± 0.03, 32 drawn at random 0.10 ± 0.03, by norm-max 0.50 ± 0.03',
  )
  expect(told.join(' ')).toContain('They hold as much as those by norm-max')
  const bars = heldBars(coverage, 32)!
  expect(bars.body).toContain('>0.52 ± 0.03<')
  expect(bars.title).toBe('32 keys by leverage hold 0.65 of what the best 32 of each query do')
  expect(massPlot(coverage, 32)!.title).toBe('32 keys chosen by leverage hold 0.52, by norm-max 0.50')
  expect(reportPage(facts)).not.toMatch(/class="n m win"/)
  expect(reportPage(one)).toContain('<td class="n">0.52 <small>± 0.03</small></td>')
})

/** Coverage whose outputs over 32 keys are so far off, by rule. */
function offBy(errors: Readonly<Record<string, number>>): HeadReport {
  const head = headOf(0, 512, 512)
  const [like] = head.coverage!.selections
  const selections = Object.entries(errors).map(([select, outputErrorMean]) => ({
    ...like,
    select,
    keep: 32,
    outputErrorMean,
  }))
  return { ...head, coverage: { ...head.coverage!, selections } }
}

test.each([
  [
    { leverage: 0.009, random: 0.9 },
    'Yes: the output is off by 0.0090 of its own length (with 32 keys drawn at random 0.900)',
  ],
  [{ leverage: 0.04, random: 0.2 }, 'Nearly: the output is off by 0.040'],
  [{ leverage: 0.083, random: 0.145 }, 'In part: the output is off by 0.083'],
  [{ leverage: 0.4, random: 0.9 }, 'Not as it stands: the output is off by 0.400'],
  [{ leverage: 0.428, random: 0.471 }, 'Hardly better than keys drawn at random: the output is off by 0.428'],
  [{ leverage: 0.5, random: 0.471 }, 'No better than keys drawn at random: the output is off by 0.500'],
  [
    { leverage: 0.083, 'norm-max': 0.9, 'norm-min': 0.00064, random: 0.145 },
    'By norm-min: yes (off by 0.00064). By leverage: in part: the output is off by 0.083 of its own length (by norm-max 0.900, with 32 keys drawn at random 0.145)',
  ],
] as const)('32 keys stand in for all only where they do: %j', (errors, told) => {
  const answer = plainAnswers(reportOf([offBy(errors)])).find(({ question }) => question.includes('stand in'))
  expect(answer?.answer).toContain(told)
})

test('masses within 0.005 are as much', () => {
  const coverage = sampled({ best: 0.8, leverage: 0.4, 'norm-max': 0.403, random: 0.1 }, 0)
  const [one, other] = [coverage, sampled({ best: 0.8, leverage: 0.4, 'norm-max': 0.406, random: 0.1 }, 0)]
  const answerOf = (held: HeadCoverage) =>
    plainAnswers(reportOf([{ ...headOf(0, 512, 512), coverage: held }]))
      .map(({ answer }) => answer)
      .join(' ')
  expect(answerOf(one)).toContain('They hold as much as those by norm-max, which costs less.')
  expect(answerOf(other)).toContain('Those by norm-max, which costs less, hold more softmax.')
})

test('without a pair and without its share the sentence stands alone', () => {
  const figure = noPairs('pairs-softmax', 'fixed', 'Softmax', { epsilon: 0.05, largest: 0 })
  expect(figure.title).toBe('Softmax: no pair reaches 0.05; what the heaviest takes was not kept')
  expect(figureHtml(figure)).not.toContain('<svg')
  expect(noPairs('x', 'fixed', 'Softmax', { epsilon: 0.05, largest: 1.8e-29 }).body).toContain('below 1e-6')
})

test('causal masses say whose key a query holds that sees none of the chosen', () => {
  const { coverage } = headOf(0, 512, 512)
  const ownKey = new Map([
    ['accumulated', 12],
    ['leverage', 88],
  ])
  const [note] = massPlot(coverage!, 32, { isCausal: true, ownKey })!.note!
  expect(note).toContain(
    'holds its own instead (at N = 32, of 512: most attended 12, leverage 88): so lines can',
  )
  expect(massPlot(coverage!, 32)!.note).toBeUndefined()
})

test('what the theorem allows is told of U alone, and what it does not promise', () => {
  const {
    scores: _s,
    universalSize: _u,
    coverage: _c,
    attended: _a,
    softmax,
    power,
    ...bare
  } = headOf(0, 300, 300)
  for (const pairs of [{ power }, { softmax }])
    expect(reportPage(reportOf([{ ...bare, ...pairs } as HeadReport]))).not.toMatch(/theorem|promise/)
  const page = reportPage(reportOf([headOf(0, 300, 300)]))
  expect(page).toContain('where the theorem does not promise that U is smaller than n.')
  expect(page).not.toMatch(/nothing (is|was) promised/)
})

test('what local keys add is told with how many they are', () => {
  const { coverage, ...head } = headOf(0, 512, 512)
  const selections = coverage!.selections.map((one) =>
    one.select === 'leverage+local'
      ? { ...one, keysPerRow: 38.23 }
      : one.select === 'random'
        ? { ...one, outputErrorMean: 2 }
        : one,
  )
  const page = reportPage(reportOf([{ ...head, coverage: { ...coverage!, selections } }]))
  expect(page).toContain(
    'Leverage holds 0.300 with 32 keys a query; with the local keys beside 0.400 with 38.2 keys a query',
  )
  expect(page).toContain('leverage + local <small>38.2 keys a query</small>')
})

test('shades end where the largest values are, so that few have the strongest', () => {
  // 223 of 256 beyond 16 times epsilon, as bounds of causal keys are.
  const all = Array.from({ length: 256 }, (_, key) => (key < 33 ? 0.1 : key < 240 ? 0.3 + key / 1000 : 0.9))
  const figure = figureOf({ ...scoredHead(all), epsilon: 0.01, universalSize: 256 }, 'place')
  const strongest = /fill-opacity="1" d="([^"]*)"/.exec(figure.body)![1]
  expect(strongest.match(/M/g)).toHaveLength(16)
  expect(figureHtml(figure)).toContain(' (the strongest shade: 16 keys); the largest is 0.900.')
  expect(figureHtml(figure)).not.toContain('Blank')
  const same = figureOf({ ...scoredHead(all.map(() => 1)), universalSize: 256 }, 'place')
  expect([same.title, same.body]).toEqual(['All 256 keys are in U, each with score 1: wherever they lie', ''])
})

test('a score of 1 is in U at epsilon 1', () => {
  const all = Array.from({ length: 300 }, (_, key) => (key < 248 ? 1 - 1e-13 : 0.4))
  const [, x, y] = /class="ln leverage" d="M([\d.]+) ([\d.]+)L/.exec(figureOf(scoredHead(all), 'size').body)!
  // 248 keys of an axis of 1 to 1,000 from 210 up to 26, at its right end.
  expect([Number(x), Number(y)]).toEqual([346, expect.closeTo(210 - (Math.log10(248) / 3) * 184, 0)])
})

test('axes and bars of heads end with the data, and say where', () => {
  const few = (head: HeadReport): HeadReport => ({
    ...head,
    coverage: {
      ...head.coverage!,
      selections: head.coverage!.selections.map((one) => ({ ...one, massMean: one.massMean! / 4 })),
    },
  })
  const heads = [0, 1, 2].map((index) => few(headOf(index, 512, 512)))
  const page = reportPage(reportOf(heads))
  expect(page).toContain('The axis ends at 0.2.')
  expect(page).toContain('Bars end at 1, of softmax masses at 0.2, of pairs at 74, the most of a head')
  // 0.8/4 is the most of the table.
  expect(page).toMatch(
    /data-l="best per query"[^>]*>0.200<span class="bar"><i class="b-best" style="width:100%">/,
  )
  expect(page).toMatch(/pairs"[^>]*>74<span class="bar"><i class="b-ink" style="width:100%">/)
})

test('the numbers beside the bars of a map are told apart from its axis', () => {
  expect(mapOf(40, 640).body).toMatch(/class="lab" text-anchor="end">pairs</)
})

test('keys that tie are not called the largest', () => {
  const all = Array.from({ length: 400 }, (_, key) => (key < 20 ? 1 : 0.01))
  const head = { ...scoredHead(all), kind: 'prefix' as const, isCausal: true }
  const page = reportPage(reportOf([head]))
  expect(page).toContain('The first 20 keys have bound 1, which says nothing of their order.')
  expect(page).not.toContain('have the largest bounds')
  expect(page).toContain('20 keys have bound 1, which says nothing of their order: 10 of them')
})

test('an empty grid is not drawn, and no number is broken', () => {
  const layout = { kind: 'grid', height: 14, width: 14, prefix: 1 } as const
  const all = Array.from({ length: 197 }, (_, key) => (key === 0 ? 0.9 : 0.01))
  const figure = figureOf(scoredHead(all, { layout }), 'place', layout)
  expect(figure.title).toContain('U holds none of the 14 x 14 cells')
  expect(figure.body.match(/class="frame"/g)).toHaveLength(1)
  expect(figure.height).toBeLessThan(40)
  const none = figureOf(
    scoredHead(
      all.map(() => 0.01),
      { layout },
    ),
    'place',
    layout,
  )
  expect([none.title, none.body]).toEqual(['No key reaches epsilon, wherever it lies', ''])
  const html = figureHtml({ ...figure, title: 'The largest is 1.8e-29 of it' })
  expect(html).toContain('<span class="nb">1.8e-29</span>')
})

test('what a key takes is of the attention of a query', () => {
  const all = Array.from({ length: 384 }, (_, key) => (key < 9 ? 0.3 : 0.01))
  const { title } = figureOf(scoredHead(all), 'scores')
  expect(title).toBe("9 of 384 keys (0.023) could take 0.05 of a query's attention")
})

test('causal: whose bounds they are, whose steps, and that no set is called the best', () => {
  const head = { ...headOf(0, 512, 512), isCausal: true, kind: 'prefix' as const }
  const page = reportPage(reportOf([head]))
  expect(page).toContain(
    'Causal: a causal key is bounded by the keys before its block (of 128 rows, doubling',
  )
  expect(page).toContain('steps at the ends of blocks are the method’s, not the keys’.')
  expect(page).toContain('the 32 most attended')
  expect(page).not.toContain('best fixed')
  const plain = reportPage(reportOf([headOf(0, 512, 512)]))
  expect(plain).not.toContain('blocks')
  expect(plain).toContain('the best fixed 32')
})

test('what the pairs of these queries use is told apart from what any could', () => {
  const { power, ...head } = headOf(0, 512, 512)
  const answerOf = (keys: number) =>
    plainAnswers(reportOf([{ ...head, power: { ...power!, keys } }]))[0].answer
  expect(answerOf(0)).toContain('None of these queries gives a key 0.01.')
  expect(answerOf(3)).toContain('These queries give 0.01 or more to 3 keys.')
})

test('where the rank is not d, the theorem’s line and its sentence name the rank', () => {
  const page = reportPage(reportOf([{ ...headOf(0, 20_000, 512), rank: 7 }]))
  expect(page).toContain('rank/epsilon = 700')
  expect(page).toMatch(/<text [^>]*>rank\/epsilon<\/text>/)
  expect(page).not.toMatch(/[^k]\bd\/epsilon/)
})

test('each line of a table’s scores has a name of its own', () => {
  const one = figureOf({ ...headOf(0, 6400, 512), rank: 32 }, 'scores')
  expect(one.body).not.toContain('2 rank/n')
  const { m: _, ...head } = headOf(0, 18_700, 512)
  const sizes = new Map([...head.scores!.sizes, ...highLeverage(32, 18_700).map((at) => [at, 9] as const)])
  const { body } = scoresPlot({ ...head, rank: 32 }, { ...head.scores!, sizes }, 'row')
  for (const words of ['epsilon 0.01', '3 rank/n', '2 rank/n']) expect(body).toContain(`>${words}</text>`)
})
