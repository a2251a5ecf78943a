import { basename } from 'node:path'
import { readWholeFile } from '@levattention/core/internal'
import { HEADS_CSV } from '../../job/head-facts.ts'

/** What a line of heads.csv says of a head, as far as a report shows it. */
export interface HeadLine {
  readonly layer?: number
  readonly batch?: number
  /** On the axis of heads. */
  readonly head?: number
  readonly source?: string
  readonly universalSize?: number
  readonly rank?: number
  readonly condition?: number
}

const MOST_BYTES = 2 ** 26
const NUMBERS = ['layer', 'batch', 'universalSize', 'rank', 'condition'] as const

/** Whether `path` is named as the lines of a run's heads are. */
export function isHeadsCsv(path: string): boolean {
  return basename(path) === HEADS_CSV
}

/** The lines of the heads.csv at `path`, by the index of their head; those of heads that were left out say where they stand. */
export function readHeadsCsv(path: string): ReadonlyMap<number, HeadLine> {
  const text = new TextDecoder().decode(readWholeFile(path, MOST_BYTES))
  const [names = [], ...rows] = text
    .split('\n')
    .filter((line) => line !== '')
    .map(cellsOf)
  return new Map(
    rows.flatMap((cells): [number, HeadLine][] => {
      const row = new Map(names.map((name, i) => [name, cells[i] ?? '']))
      // Of softmax the index has a column of its own, and `head` is the place on the axis.
      const hasIndex = row.has('index')
      const index = numberOf(row.get(hasIndex ? 'index' : 'head'))
      const head = numberOf(row.get(hasIndex ? 'head' : 'headAxis'))
      const source = row.get('source') ?? ''
      const numbers = NUMBERS.flatMap((name) => {
        const value = numberOf(row.get(name))
        return value === undefined ? [] : [[name, value] as const]
      })
      const line = {
        ...Object.fromEntries(numbers),
        ...(head !== undefined && { head }),
        ...(source !== '' && { source }),
      }
      return index === undefined ? [] : [[index, line]]
    }),
  )
}

function numberOf(text = ''): number | undefined {
  const value = text === '' ? NaN : Number(text)
  return Number.isFinite(value) ? value : undefined
}

/** Cells of a line, quoted where they have a comma; no cell of ours has a line end. */
function cellsOf(line: string): string[] {
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain]) =>
    quoted === undefined ? plain : quoted.replaceAll('""', '"'),
  )
}
