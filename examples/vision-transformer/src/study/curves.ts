import { join } from 'node:path'
import { TrainingFolder } from '../training/training-folder.ts'
import { type Arm, ARMS, SEEDS } from './arms.ts'
import { optionsOf, STEPS } from './run-job.ts'

/** Training accuracy of each arm, the mean over seeds of windows of so many lines of their logs: [step, share right]. */
export type Curves = Readonly<Partial<Record<Arm, readonly (readonly [step: number, accuracy: number])[]>>>

const WINDOW = 5

/** Of the logs in the study's folder, of arms that have one for a seed. */
export function curvesOf(work: string, learningRate: number): Curves {
  return Object.fromEntries(
    ARMS.flatMap((arm) => {
      const logs = SEEDS.map((seed) =>
        new TrainingFolder(join(work, `${arm}-${seed}`), optionsOf(arm, seed, STEPS, learningRate)).log(),
      ).filter((log) => log.length > 0)
      if (logs.length === 0) return []
      const shortest = Math.min(...logs.map((log) => log.length))
      const points = Array.from({ length: Math.floor(shortest / WINDOW) }, (_, w) => {
        const lines = logs.flatMap((log) => log.slice(w * WINDOW, (w + 1) * WINDOW))
        const mean = lines.reduce((sum, { accuracy }) => sum + accuracy, 0) / lines.length
        return [logs[0][(w + 1) * WINDOW - 1].step, Number(mean.toFixed(4))] as const
      })
      return [[arm, points]]
    }),
  )
}
