// Catches: a page that asks for something outside of itself, that grows with n, that shows what is not known, or takes words for markup.
// Cannot catch: how it looks; the browser's test does a part of that.
import { cellsOf } from '#coordinator/report/facts/layout'
import { highLeverage } from '#coordinator/tasks/high-leverage'
import { ROUND_EPSILONS } from '#coordinator/report/facts/report-facts'
import { ScoreShape } from '#coordinator/report/facts/score-shape'
import { reportPage, sectionsOf } from '#coordinator/report/page/page'
import { expect, test } from 'vitest'
import { headOf, reportOf } from './facts.ts'

/** Names of the plots of a page, each once. */
function plotsOf(page: string): string[] {
  return [...new Set([...page.matchAll(/data-plot="([\w-]+)"/g)].map(([, name]) => name))].sort()
}

test('a head has every plot, each with a sentence, and nothing is asked for outside', () => {
  const page = reportPage(reportOf([headOf(0, 512, 512)]))
  expect(plotsOf(page)).toEqual([
    'attended',
    'held',
    'held-best',
    'held-both',
    'held-local',
    'mass',
    'pairs-power',
    'pairs-softmax',
    'place',
    'scores',
    'selections',
    'size',
    'top',
  ])
  expect(page).not.toMatch(/https?:|@import|url\((?!#)|<script/)
  for (const [, caption] of page.matchAll(/<figcaption>(.*?)<\/figcaption>/g))
    expect(caption.length).toBeGreaterThan(20)
})

test('twelve heads have a table that sorts, one dot plot and a section each; a page of 12 stays small', () => {
  const heads = Array.from({ length: 12 }, (_, index) => headOf(index, 512, 512))
  const page = reportPage(reportOf(heads))
  expect(page.match(/<tr><th scope="row"/g)).toHaveLength(12 + 12 * 6)
  expect(page.match(/<details(?: open)?>/g)).toHaveLength(12)
  expect(plotsOf(page)).toContain('heads')
  expect(page.length).toBeLessThan(1.2e6)
})

test('144 heads: layers by heads, a table that opens, and the worst, median and best head', () => {
  const facts = reportOf(Array.from({ length: 144 }, (_, index) => headOf(index, 197, 197)))
  expect(sectionsOf(facts).map(({ index }) => index)).toEqual([0, 72, 143])
  const page = reportPage(facts)
  expect(plotsOf(page)).toEqual(expect.arrayContaining(['matrix-size', 'matrix-mass', 'matrix-error']))
  expect(page.match(/<details(?: open)?>/g)).toHaveLength(4)
  expect(page.length).toBeLessThan(1.5e6)
})

test('a page of a million keys is smaller than 3 MB, and of few more bytes than one of a thousand', () => {
  const small = reportPage(reportOf([headOf(0, 1_000, 1_000)])).length
  const large = reportPage(reportOf([headOf(0, 1_000_000, 2_000)])).length
  expect(large).toBeLessThan(3e6)
  expect(large).toBeLessThan(2 * small)
})

test('words of a text and names of files are words', () => {
  const tokens = Array.from({ length: 64 }, (_, i) =>
    i === 0 ? '<img src=x onerror=alert(1)>' : i % 2 ? 'Ġwhale' : 'ing',
  )
  const layout = { kind: 'tokens', tokens } as const
  const page = reportPage(
    reportOf([{ ...headOf(0, 64, 64, layout), name: '<b>"K".npy' }], {
      layout,
      scope: '<i>',
      command: 'a "<b>"',
    }),
  )
  expect(plotsOf(page)).toContain('tokens')
  expect(page).not.toMatch(/<img|<b>"|<i>·/)
  expect(page).toContain('&lt;img src=x onerror=alert(1)&gt;')
})

test('cells of a picture: the picture once, however many heads are laid over it', () => {
  const layout = { kind: 'grid', height: 14, width: 14, prefix: 1 } as const
  const heads = [0, 1, 2].map((index) => headOf(index, 197, 197, layout))
  const page = reportPage(reportOf(heads, { layout, picture: 'data:image/png;base64,AAAA' }))
  expect(page.match(/data:image\/png/g)).toHaveLength(1)
  expect(page.match(/href="#picture"/g)).toHaveLength(3)
})

test('what is not known is not shown: pairs alone, scores alone, a matrix without queries', () => {
  const {
    scores: _s,
    coverage: _c,
    attended: _a,
    softmax: _o,
    sharedPairs: _p,
    ...pairs
  } = headOf(0, 300, 300)
  expect(plotsOf(reportPage(reportOf([pairs])))).toEqual(['pairs-power'])
  const { power: _w, softmax: _x, coverage: _v, attended: _t, m: _m, ...matrix } = headOf(0, 300, 300)
  const page = reportPage(reportOf([matrix], { noun: 'row' }))
  expect(plotsOf(page)).toEqual(['place', 'scores', 'size', 'top'])
  expect(page).toContain('Which rows matter?')
  expect(page).not.toContain('softmax')
})

test('an empty map is a bar below epsilon; where n is the rank, ties are told', () => {
  const head = headOf(0, 64, 64)
  const none = {
    ...head.softmax!,
    pairs: 0,
    keys: 0,
    halfKeys: 0,
    largest: 0.004,
    byKey: new Map(),
    map: new Uint32Array(64 * 64),
  }
  const page = reportPage(reportOf([{ ...head, softmax: none, rank: 64 }]))
  expect(page).toContain('Softmax: no pair reaches 0.01, so there is nothing to map')
  expect(page).toContain('>0.0040<')
  expect(page).toContain('leverage ranks nothing and ties go by row id')
})

test('a key in front of the grid is drawn in front of it, and told where U is no cell', () => {
  const layout = { kind: 'grid', height: 4, width: 4, prefix: 1 } as const
  const shape = new ScoreShape({ n: 17, epsilons: [0.01, 0.5], topCount: 10, cells: cellsOf(layout, 17) })
  for (let key = 0; key < 17; key++) shape.add(key, key === 0 ? 0.9 : 0.1)
  const head = { ...headOf(0, 17, 17, layout), scores: shape.facts(), epsilon: 0.5 }
  const page = reportPage(reportOf([head], { layout }))
  expect(page).toContain('U holds none of the 4 x 4 cells: its 1 key stands in front of them')
  expect(page).toContain('key 0, in front of the grid')
  expect(page).toMatch(/data-plot="place".*?<path class="f-leverage"/)
})

test('where a bound is all that is known, nothing is called a score', () => {
  const { coverage: _c, attended: _a, softmax: _s, ...head } = headOf(0, 300, 300)
  const page = reportPage(reportOf([{ ...head, kind: 'prefix', isCausal: true }]))
  expect(page).toContain('have the largest bounds.')
  expect(page).toContain('The 10 keys of the largest bounds')
  const [told] = page.split('<h2>How this was made')
  expect(told.replaceAll('ound of the score', '')).not.toMatch(/>[^<{]*\bscores?\b/)
})

test('the epsilon that helps has two digits, and is that of the scores', () => {
  const cells = cellsOf({ kind: 'rows' }, 100)
  const shape = new ScoreShape({ n: 100, epsilons: [0.01, ...ROUND_EPSILONS], topCount: 10, cells })
  // The eleventh largest is 0.0434: at 0.044 ten are left.
  for (let key = 0; key < 100; key++) shape.add(key, key < 10 ? 0.06 : key === 10 ? 0.0434 : 0.02)
  const { power: _w, softmax: _x, coverage: _v, attended: _t, m: _m, ...matrix } = headOf(0, 100, 100)
  const page = reportPage(reportOf([{ ...matrix, scores: shape.facts() }], { noun: 'row' }))
  expect(page).toContain('At 0.01 every row passes; <b>epsilon 0.044</b> keeps 10 of 100 rows.')
  expect(page).toContain('From epsilon 0.044 on |U| is a tenth of the rows or less: 10')
})

test('what was done on the way is a note, and no line of the command ends within an option', () => {
  const { power: _w, softmax: _x, coverage: _v, attended: _t, m: _m, ...matrix } = headOf(0, 100, 100)
  const page = reportPage(
    reportOf([matrix], {
      noun: 'row',
      notes: ['t.csv was turned into a temporary file'],
      command: 'levattention report t.csv --intercept',
    }),
  )
  expect(page).toContain('<h3>Notes</h3><ul><li>t.csv was')
  expect(page).not.toContain('<h3>Warnings</h3>')
  expect(page).toContain('levattention report t.csv <span class="nb">--intercept</span>')
})

test('the score plot of a table has the customary marks of high leverage, and how many reach them', () => {
  const cells = cellsOf({ kind: 'rows' }, 100)
  const marks = highLeverage(4, 100)
  expect(marks).toEqual([0.08, 0.12])
  const shape = new ScoreShape({ n: 100, epsilons: [0.01, ...marks, ...ROUND_EPSILONS], topCount: 10, cells })
  for (let key = 0; key < 100; key++) shape.add(key, key < 3 ? 0.2 : key < 8 ? 0.1 : 0.03)
  const { power: _w, softmax: _x, coverage: _v, attended: _t, m: _m, ...matrix } = headOf(0, 100, 100)
  const head = { ...matrix, rank: 4, scores: shape.facts() }
  const told = '(rank 4): 8 rows reach 2 rank/n = 0.080; 3 rows reach 3 rank/n = 0.120.'
  expect(reportPage(reportOf([head], { noun: 'row' }))).toContain(told)
  expect(reportPage(reportOf([{ ...head, kind: 'bounds' }], { noun: 'row' }))).not.toContain('2 rank/n')
  expect(reportPage(reportOf([head]))).not.toContain('2 rank/n')
})

test('two pairs are both', () => {
  const head = headOf(0, 64, 14)
  expect(head.power!.pairs).toBe(2)
  const page = reportPage(reportOf([head], { triedBy: ['levattention run a', 'levattention verify b'] }))
  expect(page).toContain('Both pairs with')
  expect(page).toContain(
    '<code>levattention run a</code>, then <code>levattention verify b</code>, tries them',
  )
  expect(reportPage(reportOf([head]))).not.toContain('levattention verify')
})

test('the best of the rules that need no queries is named, random keys among them', () => {
  const head = headOf(0, 512, 512)
  const selections = head.coverage!.selections.map((one) =>
    one.select === 'random' ? { ...one, massMean: 0.4 } : one,
  )
  const page = reportPage(reportOf([{ ...head, coverage: { ...head.coverage!, selections } }]))
  expect(page).toContain('32 keys drawn at random hold 0.400; the best fixed 32 hold 0.500')
  // Of several each has its own number.
  const alike = head.coverage!.selections.map((one) =>
    one.select === 'norm-max' ? { ...one, massMean: one.keep === 32 ? 0.304 : 0.1 } : one,
  )
  const both = reportPage(reportOf([{ ...head, coverage: { ...head.coverage!, selections: alike } }]))
  expect(both).toContain('32 keys chosen by norm-max hold 0.304, by leverage 0.300; the best fixed')
})

test('causal: how many of the chosen keys a query sees is told with what they hold of its best', () => {
  const head = headOf(0, 512, 512)
  const selections = head.coverage!.selections.map((one) =>
    one.select === 'leverage' ? { ...one, keysPerRow: 5.12 } : { ...one, keysPerRow: 31.4 },
  )
  const causal = { ...head, isCausal: true, coverage: { ...head.coverage!, selections } }
  const page = reportPage(reportOf([causal]))
  expect(page).toContain(
    '32 keys by leverage, of which a query sees 5.1 on average, hold 0.375 of what the best 32 of each query, 31.4 on average, do',
  )
  expect(page).toContain('A query sees 5.1 of those by leverage on average, and 31.4 of its best.')
  expect(reportPage(reportOf([head]))).not.toContain('A query sees')
})

test('the words of a page are told at its end, those that it has', () => {
  const page = reportPage(reportOf([headOf(0, 512, 512)]))
  const words = page.slice(page.indexOf('<details class="words">'))
  for (const word of ['score', 'U', 'N', 'mass', 'norm-max, norm-min', 'best fixed', 'random'])
    expect(words).toContain(`<dt>${word}</dt>`)
  expect(words).not.toContain('<dt>bound</dt>')
  const alone = { ...headOf(0, 512, 512), kind: 'bounds' as const, coverage: undefined, power: undefined }
  const { coverage: _, power: _p, softmax: _s, m: _m, ...rows } = alone
  const page2 = reportPage(reportOf([rows], { noun: 'row' }))
  expect(page2).toContain('<dt>bound</dt>')
  expect(page2).not.toContain('<dt>mass</dt>')
})

test('heads of batches: the batch of a column and its heads are named', () => {
  const heads = Array.from({ length: 30 }, (_, i) => ({
    ...headOf(i, 128, 64),
    layer: 0,
    batch: Math.floor(i / 2),
    head: i % 2,
  }))
  const page = reportPage(reportOf(heads))
  expect(page).toContain('>b14</text>')
  expect(page).toContain('batch b, in it heads 0 to 1')
})

test('no row reaches epsilon; equal rows fall out at once, and no epsilon that keeps none helps', () => {
  const rowsOf = (score: number, epsilon: number) => {
    const shape = new ScoreShape({
      n: 50,
      epsilons: ROUND_EPSILONS,
      topCount: 32,
      cells: cellsOf({ kind: 'rows' }, 50),
    })
    for (let row = 0; row < 50; row++) shape.add(row, score)
    const { coverage: _, power: _p, softmax: _s, m: _m, attended: _a, ...head } = headOf(0, 50, 50)
    return { ...head, rank: 1, d: 1, epsilon, scores: shape.facts() }
  }
  const none = reportPage(reportOf([rowsOf(0.02, 0.05)], { noun: 'row' }))
  expect(none).toContain('At epsilon 0.05, <b>none of 50 rows</b>. No row can take 0.05')
  expect(none).toContain('U is empty at epsilon 0.05')
  const all = reportPage(reportOf([rowsOf(0.02, 0.01)], { noun: 'row' }))
  expect(all).toContain('None: epsilon 0.02 keeps 50 of 50 rows, and 0.021 none.')
  expect(all).toContain('Epsilon 0.02 would keep 50, and 0.021 none.')
  expect(all).toContain('No epsilon keeps some, and a tenth or fewer: 50 of 50 rows at 0.020, none above')
  expect(all).not.toContain('Even at epsilon 0.99')
})
