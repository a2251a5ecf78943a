import { withJob } from '../../jobs/job.ts'
import { type LevelStatus, type RunStatus, statusOf } from '../../jobs/steps/status.ts'
import { RunFolder } from '../../run-folder/run-folder.ts'
import { readPlan } from '../../run-folder/run-plan.ts'
import { defineCommand } from '../command.ts'
import { jobOptionsOf } from '../job-options.ts'
import { textOption } from '../option.ts'
import { columns } from '../text-layout.ts'
import { requireRun } from './plan.ts'

export const command = defineCommand({
  name: 'status',
  description:
    'Tells what of a planned job is done, missing and broken, from its files alone: each is read and checked. Writes nothing.',
  usage: '--run DIR',
  options: { run: textOption('DIR', 'The run folder') },
  examples: [
    ['status --run DIR', 'what is left to do'],
    ['status --run DIR --json', 'the same for scripts'],
  ],
  async run(values, io) {
    const path = requireRun(values.run)
    const folder = new RunFolder(path, readPlan(path))
    return await withJob(jobOptionsOf({ workers: 0 }, io), async (job) => {
      const status = await statusOf(folder, job)
      const summary = { command: 'status', run: status, inputs: [], outputs: [], ...job.measured() }
      return { summary, text: statusText(path, status), textTo: 'stdout' as const }
    })
  },
})

const MOST_NAMED = 8

function statusText(path: string, status: RunStatus): string {
  const { levels, mapped, finished, queries, collected, job } = status
  const lines: (readonly [string, string])[] = levels.map(
    (level) => [`map ${level.level}`, `${level.kind}: ${doneText(level)}`] as const,
  )
  if (!mapped)
    lines.push([
      'later maps',
      `not known before map ${levels.length - 1} is whole; at most ${status.mapLevels} in all`,
    ])
  lines.push(['finish', finished ? 'done' : 'to do'])
  if (job === 'run') {
    lines.push(['query', doneText(queries)], ['collect', collected ? 'done' : 'to do'])
  }
  const broken = [...levels, queries].flatMap((level) =>
    level.broken.map(({ file }) => ['broken', file] as const),
  )
  return [
    `levattention status: ${job} ${status.runId} in ${path}`,
    columns([...lines, ...broken.slice(0, MOST_NAMED)]),
  ].join('\n')
}

function doneText({ total, done, missing }: LevelStatus): string {
  if (missing.length === 0) return `all ${total} done`
  const named = missing.slice(0, MOST_NAMED).join(', ')
  return `${done} of ${total} done; missing ${named}${missing.length > MOST_NAMED ? ', …' : ''}`
}
