import type { Consistency } from '../evaluation/consistency.ts'
import { tokenCount, SMALL } from '../model/shape.ts'
import { type Arm, ARMS, KEEPS, SEEDS } from '../study/arms.ts'
import type { Curves } from '../study/curves.ts'
import { idOf } from '../study/jobs.ts'
import type { RecordLine } from '../study/record.ts'
import { accuracyOf, ARM_NAMES } from '../study/summary.ts'
import { lineChart, type Series } from './line-chart.ts'

const COLORS: Readonly<Record<Arm, number>> = {
  full: 0,
  'leverage-32': 1,
  'norm-32': 2,
  'random-32': 3,
  'leverage-32+local': 4,
}
const percent = (value: number) => `${value} %`
const share = (value: number) => value.toFixed(1)

/** Accuracy of the full model that keeps few keys at inference alone, and of those that were trained so. */
export function accuracyChart(record: readonly RecordLine[]): string {
  const rules = [
    ['leverage', 'leverage', 1],
    ['norm-max', 'largest norm', 2],
    ['norm-min', 'smallest norm', 5],
    ['random', 'random', 3],
    ['query-moments', 'query moments', 6],
  ] as const
  const atInference = rules.flatMap(([rule, name, color]): Series[] => {
    const points = KEEPS.flatMap((keep) => {
      const found = accuracyOf(record, 'full', rule, keep)
      return found ? [{ x: keep, ...found }] : []
    })
    if (points.length === 0) return []
    return [
      {
        name: `${name}, at inference alone`,
        color,
        kind: 'dashed',
        points: points.map(({ x, mean }) => [x, mean]),
        spread: points.map(({ least, most }) => [least, most]),
      },
    ]
  })
  const trained = ARMS.flatMap((arm): Series[] => {
    const found = accuracyOf(record, arm, 'own')
    if (found === undefined) return []
    const x = arm === 'full' ? tokenCount(SMALL) : 32
    const { mean, least, most } = found
    return [
      {
        name: `trained: ${ARM_NAMES[arm]}`,
        color: COLORS[arm],
        kind: 'points',
        points: [[x, mean]],
        spread: [[least, most]],
      },
    ]
  })
  return lineChart({
    title: 'Test images right, by how many keys a head attends to',
    x: {
      label: 'keys of a head, of 197',
      least: 7,
      most: 230,
      ticks: [8, 16, 32, 64, 197],
      isLogarithmic: true,
    },
    y: {
      label: 'of 10,000 test images',
      least: 0,
      most: 100,
      ticks: [0, 20, 40, 60, 80, 100],
      tickText: percent,
    },
    series: [...trained, ...atInference],
    width: 860,
  })
}

export function trainingChart(curves: Curves): string {
  return lineChart({
    title: 'Training images right, means over seeds and 125 steps',
    x: { label: 'steps of 16 images', least: 0, most: 3450, ticks: [0, 1000, 2000, 3000] },
    y: { label: 'share right', least: 0.3, most: 0.9, ticks: [0.3, 0.5, 0.7, 0.9], tickText: share },
    series: ARMS.flatMap((arm) => {
      const points = curves[arm]
      return points ? [{ name: ARM_NAMES[arm], color: COLORS[arm], points }] : []
    }),
  })
}

/** How much of the keys that a head chooses in the end it chose before. */
export function consistencyChart(record: readonly RecordLine[]): string {
  const chance = 32 / tokenCount(SMALL)
  const of = (arm: Arm, rule: 'leverage' | 'norm-max', numbers: 'overlapWithLast' | 'overlapOfImages') =>
    tracked(record, arm).map(({ step, [numbers]: found }): [number, number] => [step, mean(found[rule])])
  const series: Series[] = [
    {
      name: 'trained with leverage: by leverage',
      color: 1,
      points: of('leverage-32', 'leverage', 'overlapWithLast'),
    },
    {
      name: 'trained with all keys: by leverage',
      color: 0,
      points: of('full', 'leverage', 'overlapWithLast'),
    },
    { name: 'trained with norm: by norm', color: 2, points: of('norm-32', 'norm-max', 'overlapWithLast') },
    {
      name: 'by leverage, between two images',
      color: 6,
      kind: 'dashed',
      points: of('leverage-32', 'leverage', 'overlapOfImages'),
    },
    {
      name: 'by chance',
      color: 3,
      kind: 'dashed',
      points: [
        [0, chance],
        [3437, chance],
      ],
    },
  ]
  return lineChart({
    title: 'Chosen keys that are among the 32 of the last step',
    x: { label: 'steps', least: 0, most: 3450, ticks: [0, 1000, 2000, 3000] },
    y: { label: 'share of the keys', least: 0, most: 1, ticks: [0, 0.2, 0.4, 0.6, 0.8, 1], tickText: share },
    series: series.filter(({ points }) => points.length > 0),
  })
}

/** Means over seeds, of what the record tracks of an arm. */
export function tracked(record: readonly RecordLine[], arm: Arm): Consistency[] {
  const runs = SEEDS.flatMap((seed) => {
    const line = record.find(({ id }) => id === idOf({ kind: 'track', arm, seed }))
    return line?.consistency ? [line.consistency] : []
  })
  if (runs.length === 0) return []
  return runs[0].map((first, moment) => {
    const all = runs.map((run) => run[moment])
    const means = (of: (one: Consistency) => Consistency['mass']) =>
      Object.fromEntries(
        Object.keys(of(first)).map((name) => [
          name,
          of(first)[name].map((_, block) => mean(all.map((one) => of(one)[name][block]))),
        ]),
      )
    return {
      step: first.step,
      ...(first.overlapWithBefore && {
        overlapWithBefore: means((one) => one.overlapWithBefore ?? one.overlapWithLast),
      }),
      overlapWithLast: means((one) => one.overlapWithLast),
      overlapOfImages: means((one) => one.overlapOfImages),
      mass: means((one) => one.mass),
    }
  })
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
