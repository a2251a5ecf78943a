import type { TokenGrid } from '@levattention/core/internal'
import type { DesignFiles } from '../../inputs/open-design.ts'
import type { InputOptions } from '../../inputs/open-inputs.ts'
import type { SeenFiles } from '../../problem/seen-rows.ts'

/** What a report is asked for; the names are those of the options. */
export interface ReportOptions extends InputOptions, SeenFiles, DesignFiles {
  /** Files and folders that other commands wrote; or one matrix, whose rows are scored. */
  readonly results: readonly string[]
  readonly keys: readonly string[]
  readonly queries: readonly string[]
  readonly values: readonly string[]
  /** Query heads: all, or indices counted from 0. Absent: the files are matrices. */
  readonly heads?: 'all' | readonly number[] | undefined
  /** Default 0.01. */
  readonly epsilon?: number | undefined
  readonly p?: number | undefined
  /** Of results that do not say it themselves. */
  readonly attention?: 'power' | 'softmax' | undefined
  readonly causal?: boolean | undefined
  readonly queryStart?: number | undefined
  readonly scale?: number | undefined
  /** How many keys selections are compared at; default 32. */
  readonly keep?: number | undefined
  /** Default 3. */
  readonly local?: number | undefined
  readonly grid?: TokenGrid | undefined
  readonly prefixTokens?: number | undefined
  /** A picture that the keys are laid over. */
  readonly image?: string | undefined
  /** A JSON list of words. */
  readonly tokens?: string | undefined
  readonly sample?: number | undefined
  readonly seed?: number | undefined
  /** The page. */
  readonly out: string
  /** A folder for each plot as a file. */
  readonly svg?: string | undefined
  readonly force?: boolean | undefined
  /** As it was typed, and by which version, for the page. */
  readonly typed: string
  readonly version: string
}

/** How `options` say that inputs are read, for the jobs that a report runs; nothing else of them. */
export function readingOf(options: ReportOptions): InputOptions {
  const {
    signal,
    dtype,
    cols,
    offset,
    order,
    columns,
    header,
    id,
    weightColumn,
    weights,
    dropMissing,
    layout,
    asHeads,
    skipBadHeads,
    tmp,
  } = options
  const { concat } = options
  return {
    signal,
    dtype,
    cols,
    offset,
    order,
    columns,
    header,
    id,
    weightColumn,
    weights,
    dropMissing,
    layout,
    asHeads,
    skipBadHeads,
    tmp,
    concat,
  }
}

/** Which rows take part, as `options` say. */
export function seenFilesOf({ keyRows, queryRows, keyMaskFile, queryMaskFile }: ReportOptions): SeenFiles {
  return { keyRows, queryRows, keyMaskFile, queryMaskFile }
}

/** A part of the work, and how long it took. */
export class Stages {
  readonly list: [name: string, seconds: number][] = []

  async time<T>(name: string, work: () => Promise<T>): Promise<T> {
    const start = performance.now()
    try {
      return await work()
    } finally {
      const seconds = (performance.now() - start) / 1000
      const known = this.list.find(([one]) => one === name)
      if (known) known[1] += seconds
      else this.list.push([name, seconds])
    }
  }
}
