import type { CommandModule } from 'yargs'
import { correctOf, nameOf, READINGS, shippedImages, studyRecord } from '../shipped/shipped.ts'
import { accuracyOf, accuracyText, ARM_NAMES } from '../study/summary.ts'
import { say, type WorkersOption, workersOption } from './common.ts'

const HOW = {
  own: 'as it was trained',
  leverage: '32 keys by leverage at inference alone',
  'norm-max': '32 keys by norm at inference alone',
  random: '32 random keys at inference alone',
} as const

export const showCommand: CommandModule<object, WorkersOption> = {
  command: 'show',
  describe: 'the trained weights that come with this example, on the images that come with it',
  builder: (yargs) => yargs.options(workersOption),
  handler: async ({ workers }) => {
    const [images, record] = [shippedImages(), studyRecord()]
    say(
      `Vision transformers with 197 tokens, on ${images.count} test images of Fashion-MNIST; ${workers} threads`,
    )
    const rows: string[][] = []
    for (const reading of READINGS) {
      say(`  ${nameOf(reading)} ...`)
      const correct = await correctOf(reading, images, workers)
      const study = accuracyOf(
        record,
        reading.arm,
        reading.reading,
        reading.reading === 'own' ? undefined : 32,
      )
      rows.push([
        ARM_NAMES[reading.arm],
        HOW[reading.reading],
        `${((100 * correct) / images.count).toFixed(1)} %`,
        study === undefined
          ? 'not run'
          : `${accuracyText(study)} %, ${study.seeds === 1 ? '1 seed' : `${study.seeds} seeds`}`,
      ])
    }
    const head = ['trained with', 'read with', 'these images', 'study: 10,000 images']
    process.stdout.write(`\n${table([head, ...rows])}\n\n`)
    process.stdout.write(
      'Softmax selections have no theorem: what they keep is measured, not proved. docs/vision.md has the study.\n',
    )
  },
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0].map((_, col) => Math.max(...rows.map((row) => row[col].length)))
  return rows
    .map((row) =>
      row
        .map((cell, col) => cell.padEnd(widths[col]))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
