/** Facts of a report that were not measured: what pages are drawn from in tests. */
import type { HeadCoverage } from '#coordinator/coverage/coverage-facts'
import { cellsOf, type Layout } from '#coordinator/report/facts/layout'
import { PairShape } from '#coordinator/report/facts/pair-shape'
import { type HeadReport, type ReportFacts, ROUND_EPSILONS } from '#coordinator/report/facts/report-facts'
import { ScoreShape } from '#coordinator/report/facts/score-shape'

export const EPSILON = 0.01

/** A head of n keys and m queries whose scores fall off, and whose pairs are at every seventh query. */
export function headOf(index: number, n: number, m: number, layout: Layout = { kind: 'rows' }): HeadReport {
  const shape = new ScoreShape({ n, epsilons: ROUND_EPSILONS, topCount: 32, cells: cellsOf(layout, n) })
  for (let key = 0; key < n; key++) shape.add(key, 0.9 / (1 + ((key * 7919) % n)))
  const pairs = (attention: 'power' | 'softmax') => {
    const found = new PairShape({ attention, epsilon: EPSILON, n, m })
    const queryIds = Array.from({ length: Math.ceil(m / 7) }, (_, i) => i * 7)
    found.add({ queryIds, keyIds: queryIds.map((id) => (id * 31) % n), scores: queryIds.map(() => 0.02) })
    return found.facts()
  }
  return {
    index,
    name: `L${Math.floor(index / 12)} h${index % 12}`,
    layer: Math.floor(index / 12),
    head: index % 12,
    n,
    m,
    d: 64,
    p: 2,
    epsilon: EPSILON,
    isCausal: false,
    kind: 'leverage',
    rank: 64,
    condition: 120,
    scores: shape.facts(),
    power: pairs('power'),
    softmax: pairs('softmax'),
    sharedPairs: 1,
    uncertifiedQueries: 0,
    coverage: coverageOf(index, n, m),
    attended: Float64Array.from({ length: 32 }, (_, i) => i),
  }
}

function coverageOf(index: number, n: number, m: number): HeadCoverage {
  const rules = [
    ['best', 0.8],
    ['accumulated', 0.5],
    ['norm-max', 0.2],
    ['leverage', 0.3 + index / 1000],
    ['random', 0.1],
  ] as const
  const numbers = (mass: number) => ({
    massMean: mass,
    massQuantiles: [mass / 2, mass / 1.5, mass, mass, Math.min(1, mass * 1.2)],
    massStandardError: 0,
    uniformMass: 0.1,
    keysPerRow: 32,
    heavyRecall: 0.5,
    outputErrorMean: 1 - mass,
    histogram: Array.from({ length: 50 }, (_, bin) => (bin === Math.floor(mass * 50) ? m : 0)),
  })
  const selections = [
    ...rules.flatMap(([select, mass]) =>
      [8, 16, 32].map((keep) => ({ select, keep, fit: 'keys' as const, ...numbers((mass * keep) / 32) })),
    ),
    { select: 'local', keep: null, fit: 'keys' as const, ...numbers(0.25) },
    { select: 'leverage+local', keep: 32, fit: 'keys' as const, ...numbers(0.4) },
    { select: 'accumulated+local', keep: 32, fit: 'keys' as const, ...numbers(0.6) },
  ]
  return { index, keyHead: index, n, m, judged: m, emptyRows: 0, heavyPairs: 3, selections }
}

export function reportOf(heads: readonly HeadReport[], more: Partial<ReportFacts> = {}): ReportFacts {
  return {
    heads,
    keep: 32,
    layout: { kind: 'rows' },
    local: 3,
    noun: 'key',
    scope: 'a test',
    command: 'levattention report --keys K.npy',
    parameters: [['epsilon', '0.01']],
    stages: [['scores', 0.1]],
    versions: [['levattention', '0']],
    warnings: [],
    notes: [],
    guarantee: 'Deterministic.',
    ...more,
  }
}
