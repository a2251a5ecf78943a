import type { Consistency } from '../evaluation/consistency.ts'
import { tokenCount, SMALL } from '../model/shape.ts'
import { type Arm, ARMS, KEEPS, SEEDS } from '../study/arms.ts'
import type { Curves } from '../study/curves.ts'
import { idOf } from '../study/jobs.ts'
import type { RecordLine } from '../study/record.ts'
import { accuracyOf, ARM_NAMES } from '../study/summary.ts'
import { dotPlot } from './dot-plot.ts'
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

/** Of models that were trained with few keys, and of the full one that reads as few at inference alone. */
export function accuracyPlot(record: readonly RecordLine[]): string {
  const dot = (name: string, color: number, found = accuracyOf(record, 'full', 'own')) =>
    found ? [{ name, color, ...found }] : []
  return dotPlot({
    title: '32 keys a head: in training, or at inference alone',
    xLabel: 'of 10,000 test images right; mean of the seeds, least and most',
    least: 0,
    most: 100,
    ticks: [0, 20, 40, 60, 80, 100],
    groups: [
      {
        title: 'trained and read with',
        dots: ARMS.flatMap((arm) => dot(ARM_NAMES[arm], COLORS[arm], accuracyOf(record, arm, 'own'))),
      },
      {
        title: 'trained with all 197 keys, read with',
        dots: INFERENCE.flatMap(([rule, name, color]) =>
          dot(`32 keys: ${name}`, color, accuracyOf(record, 'full', rule, 32)),
        ).sort((a, b) => b.mean - a.mean),
      },
    ],
  })
}

const INFERENCE = [
  ['norm-max', 'largest norm', 2],
  ['random', 'random', 3],
  ['leverage', 'largest leverage', 1],
  ['query-moments', 'query moments', 6],
  ['norm-min', 'smallest norm', 5],
] as const

/** Accuracy of the full model that keeps few keys at inference alone. */
export function inferenceChart(record: readonly RecordLine[]): string {
  const full = accuracyOf(record, 'full', 'own')
  const rules = INFERENCE.flatMap(([rule, name, color]): Series[] => {
    const points = KEEPS.flatMap((keep) => {
      const found = accuracyOf(record, 'full', rule, keep)
      return found ? [{ keep, ...found }] : []
    })
    if (points.length === 0) return []
    return [
      {
        name,
        color,
        points: points.map(({ keep, mean: percents }) => [keep, percents]),
        spread: points.map(({ least, most }) => [least, most]),
      },
    ]
  })
  const all: Series[] = full
    ? [
        {
          name: 'all 197 keys',
          color: 0,
          kind: 'dashed',
          points: [
            [8, full.mean],
            [64, full.mean],
          ],
        },
      ]
    : []
  return lineChart({
    title: 'The full model, read with few keys',
    x: { label: 'keys of a head', least: 7.5, most: 68, ticks: [8, 16, 32, 64], isLogarithmic: true },
    y: {
      label: 'of 10,000 test images',
      least: 0,
      most: 100,
      ticks: [0, 20, 40, 60, 80, 100],
      tickText: percent,
    },
    series: [...all, ...rules],
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
