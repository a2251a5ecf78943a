import { counted } from '@levattention/core/internal'
import type { LevelStatus, MapStatus, RunStatus } from '../../steps/status.ts'
import { columns } from './text-layout.ts'

const MOST_NAMED = 8
const BROKEN_ADVICE =
  '  Broken files are damaged or of another run. They count as missing: slurm submit, parallel or the same step makes them again.'

/** How far a run has come, for people. */
export function statusText(path: string, status: RunStatus): string {
  const { levels, mapped, finished, hasFinish, queries, collected, job } = status
  const lines = levels.flatMap(levelLines)
  if (!mapped && levels.length < status.mapLevels)
    lines.push([
      'later maps',
      `not known before map ${levels.length - 1} is whole; at most ${status.mapLevels} in all`,
    ])
  if (hasFinish) lines.push(['finish', finished ? 'done' : 'to do'])
  if (job === 'run') {
    lines.push(['query', doneText(queries)], ['collect', collected ? 'done' : 'to do'])
  }
  const parts = [...levels, ...levels.flatMap(({ merges }) => merges), queries]
  const files = [...parts.flatMap((level) => level.broken.map(({ file }) => file)), ...status.brokenResults]
  const broken = files.slice(0, MOST_NAMED).map((file) => ['broken', file] as const)
  const unnamed = files.length - broken.length
  if (unnamed > 0) broken.push(['broken', `and ${counted(unnamed, 'other file')}`])
  return [
    `levattention status: ${job} ${status.runId} in ${path}`,
    columns([...lines, ...broken]),
    ...(files.length > 0 ? [BROKEN_ADVICE] : []),
  ].join('\n')
}

/** Merges may be left out: they are told where there are any. */
function levelLines({ level, kind, merges, ...tasks }: MapStatus): (readonly [string, string])[] {
  const made = merges.filter(({ done, broken }) => done + broken.length > 0)
  return [
    [`map ${level}`, `${kind}: ${doneText(tasks)}`],
    ...made.map((merge) => [`merge ${level}`, `height ${merge.height}: ${doneText(merge)}`] as const),
  ]
}

function doneText({ total, done, missing }: LevelStatus): string {
  if (missing.length === 0) return `all ${total} done`
  const named = missing.slice(0, MOST_NAMED).join(', ')
  return `${done} of ${total} done; missing ${named}${missing.length > MOST_NAMED ? ', …' : ''}`
}
