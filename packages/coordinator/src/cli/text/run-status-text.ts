import { extname } from 'node:path'
import { counted, shellWord } from '@levattention/core/internal'
import type { LevelStatus, MapStatus, RunStatus } from '../../steps/status.ts'
import { countOf, heavyPairsText } from './number-text.ts'
import { noneMissedText } from './summary-text.ts'
import { columns, wrapped } from './text-layout.ts'

const MOST_NAMED = 8
const BROKEN_ADVICE =
  '  Broken files are damaged or of another run. They count as missing: slurm submit, parallel or the same step makes them again.'

/** How far a run has come, for people. */
export function statusText(command: 'status' | 'parallel', path: string, status: RunStatus): string {
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
    wrapped(`levattention ${command}: ${doneOf(status)} of ${job} ${status.runId} in ${path}`, 0, 2),
    columns([...lines, ...resultLines(status), ...broken, ...nextLine(path, status)]),
    ...(files.length > 0 ? [BROKEN_ADVICE] : []),
  ].join('\n')
}

/** How many steps are done: of merges, which may be left out, nothing. */
function doneOf({
  levels,
  mapLevels,
  mapped,
  hasFinish,
  finished,
  queries,
  collected,
  job,
}: RunStatus): string {
  const isRun = job === 'run'
  const parts = [...levels, ...(isRun ? [queries] : [])]
  const ends = [...(hasFinish ? [finished] : []), ...(isRun ? [collected] : [])]
  const later = mapped ? 0 : (mapLevels - levels.length) * (levels.at(0)?.total ?? 0)
  const sum = (of: (part: LevelStatus) => number) => parts.reduce((total, part) => total + of(part), 0)
  const total = sum((part) => part.total) + ends.length
  const done = sum((part) => part.done) + ends.filter((end) => end).length
  if (done === total && mapped) return `all ${counted(total, 'step')}`
  return `${done} of ${later > 0 ? 'at most ' : ''}${counted(total + later, 'step')}`
}

/** The files of result/, and how much is in them. */
function resultLines({ results, found = {} }: RunStatus): [string, string][] {
  const { pairs, universalSize, scores, delta, seed } = found
  const inFile: Readonly<Record<string, string | undefined>> = {
    '.npz': pairs === undefined ? undefined : heavyPairsText(pairs, scores === 'estimate'),
    '.lev':
      universalSize === undefined ? undefined : `the ${countOf(universalSize, 'key')} of the universal set`,
  }
  const lines = results.map((file): [string, string] => {
    const held = inFile[extname(file)]
    return ['result', held === undefined ? file : `${file}: ${held}`]
  })
  return delta === undefined ? lines : [...lines, ['certainty', noneMissedText(delta, seed)]]
}

/** What can be typed next. */
function nextLine(path: string, status: RunStatus): [string, string][] {
  const { levels, mapped, finished, hasFinish, queries, collected, job } = status
  const open = levels.find(({ missing }) => missing.length > 0)
  const step = open
    ? `map --level ${open.level} --index ${open.missing[0]}`
    : !mapped
      ? undefined
      : hasFinish && !finished
        ? 'finish'
        : job === 'run' && queries.missing.length > 0
          ? `query --index ${queries.missing[0]}`
          : job === 'run' && !collected
            ? 'collect'
            : undefined
  return step === undefined ? [] : [['next', `levattention step ${step} --run ${shellWord(path)}`]]
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
