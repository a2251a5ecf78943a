import { RULES_AT_INFERENCE, type Arm, ARMS, KEEPS } from '../study/arms.ts'
import type { Model } from '../study/jobs.ts'
import type { RecordLine } from '../study/record.ts'
import { accuracyOf, accuracyText, ARM_NAMES } from '../study/summary.ts'
import { mean, tracked } from './study-charts.ts'

/** The tables of docs/vision.md, by the names of the places where they stand. */
export function studyTables(record: readonly RecordLine[]): Readonly<Record<string, string>> {
  return {
    trained: trainedTable(record),
    inference: inferenceTable(record),
    crossed: crossedTable(record),
    consistency: consistencyTable(record),
    mass: massTable(record),
    choosing: choosingTable(record),
  }
}

/** `page` with each table between `<!-- table: NAME -->` and `<!-- end -->`. */
export function withTables(page: string, tables: Readonly<Record<string, string>>): string {
  return page.replaceAll(
    /(<!-- table: (\w+) -->\n)[^]*?(<!-- end -->)/g,
    (whole, begin: string, name: string, end: string) =>
      tables[name] === undefined ? whole : `${begin}${tables[name]}\n${end}`,
  )
}

function trainedTable(record: readonly RecordLine[]): string {
  const full = accuracyOf(record, 'full', 'own')
  const rows = [...ARMS, 'tuned' as const].map((model) => {
    const own = accuracyOf(record, model, 'own')
    const ofFull = full && own ? `${((100 * own.mean) / full.mean).toFixed(1)} %` : ''
    return [ARM_NAMES[model], accuracyText(own, 2), ofFull]
  })
  return markdown([['trained with', 'test images right, %', 'of full'], ...rows])
}

function inferenceTable(record: readonly RecordLine[]): string {
  const rows = RULES_AT_INFERENCE.map((rule) => {
    const found = KEEPS.map((keep) => accuracyOf(record, 'full', rule, keep))
    const images = found.find((one) => one !== undefined)?.images
    return [rule, ...found.map((one) => accuracyText(one)), images === undefined ? '' : String(images)]
  })
  return markdown([['full model read with', ...KEEPS.map((keep) => `${keep} keys`), 'images'], ...rows])
}

function crossedTable(record: readonly RecordLine[]): string {
  const rules = ['leverage', 'norm-max', 'random', 'accumulated'] as const
  const models: readonly Model[] = [...ARMS.slice(1), 'tuned']
  const rows = models.map((model) => [
    ARM_NAMES[model],
    ...rules.map((rule) => accuracyText(accuracyOf(record, model, rule, 32))),
  ])
  return markdown([['trained with', ...rules.map((rule) => `read with 32 by ${rule}`)], ...rows])
}

function consistencyTable(record: readonly RecordLine[]): string {
  const share = (values: readonly number[] | undefined) => (values ? mean(values).toFixed(2) : '')
  const rows = (['full', 'leverage-32', 'norm-32'] as const).flatMap((arm) => {
    const rule = arm === 'norm-32' ? 'norm-max' : 'leverage'
    return tracked(record, arm)
      .filter(({ step }) => [0, 400, 1600].includes(step) || step > 3000)
      .map(({ step, overlapWithBefore, overlapWithLast, overlapOfImages }) => [
        ARM_NAMES[arm],
        rule,
        String(step),
        share(overlapWithBefore?.[rule]),
        share(overlapWithLast[rule]),
        share(overlapOfImages[rule]),
      ])
  })
  const head = [
    'trained with',
    'keys by',
    'step',
    'as at the snapshot before',
    'as in the end',
    'as on another image',
  ]
  return markdown([head, ...rows])
}

function massTable(record: readonly RecordLine[]): string {
  const rows = ARMS.flatMap((arm: Arm) => {
    const last = tracked(record, arm).at(-1)
    if (last === undefined) return []
    const perBlock = (name: string) => last.mass[name].map((share) => share.toFixed(2)).join(' ')
    return [[ARM_NAMES[arm], perBlock('leverage'), perBlock('norm-max'), '0.16', perBlock('best')]]
  })
  return markdown([['trained with', 'leverage', 'norm', 'random', 'best'], ...rows])
}

function choosingTable(record: readonly RecordLine[]): string {
  const rows = record.flatMap(({ id, score }) => {
    const [kind, arm, rate] = id.split('/')
    if (kind !== 'choose' || score === undefined) return []
    return [[ARM_NAMES[arm as Arm], rate, ((100 * score.correct) / score.count).toFixed(2)]]
  })
  return markdown([
    ['trained 1,000 steps with', 'learning rate', 'of 5,000 held-out images right, %'],
    ...rows,
  ])
}

function markdown(rows: readonly (readonly string[])[]): string {
  const [head, ...others] = rows.map((row) => `| ${row.join(' | ')} |`)
  return [head, `|${rows[0].map((_, col) => (col === 0 ? '---' : '--:')).join('|')}|`, ...others].join('\n')
}
