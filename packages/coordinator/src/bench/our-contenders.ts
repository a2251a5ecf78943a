import { join } from 'node:path'
import { commandPath } from '../engines/package-files.ts'
import type { JobSummary } from '../job/job-summary.ts'
import { type BenchCase, scaleText } from './bench-case.ts'
import type { CaseFiles } from './case-files.ts'
import type { Contender, Told } from './contender.ts'

export type OurKernels = 'native' | 'wasm'

interface OurOptions {
  /** Threads; undefined: as the command chooses. */
  readonly workers: number | undefined
  /** Of this machine. */
  readonly cores: number
  readonly kernels: readonly OurKernels[]
}

/** The command with each kind of kernels, and on one thread; the first is what others are compared with. */
export function ourContenders(one: BenchCase, files: CaseFiles, options: OurOptions): Contender[] {
  const { workers, cores, kernels } = options
  const all = kernels.map((name) => ours(one, files, name, workers))
  if (one.kind === 'scores' || (workers ?? cores) === 1) return all
  return [...all, ours(one, files, kernels[0], 1)]
}

function ours(one: BenchCase, files: CaseFiles, kernels: OurKernels, workers: number | undefined): Contender {
  const threads = workers === undefined ? [] : ['--workers', `${workers}`]
  const args = [...wordsOf(one, files), ...threads, '--kernels', kernels, '--force', '--json', '--quiet']
  return {
    name: `ours, ${kernels}${workers === undefined ? '' : `, ${workers} ${workers === 1 ? 'thread' : 'threads'}`}`,
    role: 'ours',
    host: 'node',
    line: () => ({ program: process.execPath, args: [commandPath(), ...args] }),
    read: (stdout) => toldBy(JSON.parse(stdout) as JobSummary & { scoreSum?: number }),
  }
}

function wordsOf({ kind, epsilon, d, m }: BenchCase, files: CaseFiles): string[] {
  const { keys, queries, values, folder } = files
  const inputs = ['--keys', keys, '--queries', queries]
  const logits = ['--scale', scaleText(d)]
  const words: Readonly<Record<BenchCase['kind'], readonly string[]>> = {
    heavy: ['run', ...inputs, '--epsilon', `${epsilon}`],
    softmax: ['run', '--attention', 'softmax', ...inputs, ...logits, '--epsilon', `${epsilon}`],
    attend: ['attend', ...inputs, '--values', values, ...logits, ...selectionOf(m)],
    scores: ['scores', keys],
  }
  return [...words[kind], '--out', join(folder, OUTPUTS[kind])]
}

const OUTPUTS: Readonly<Record<BenchCase['kind'], string>> = {
  heavy: 'heavy.npz',
  softmax: 'soft.npz',
  attend: 'attended.npy',
  scores: 'tau.npy',
}

/** Queries are the first ones of a longer sequence: each has its local keys. */
function selectionOf(m: number): string[] {
  return ['--keep', '256', '--local', `${Math.min(64, m)}`, '--query-start', '0']
}

function toldBy(summary: JobSummary & { scoreSum?: number }): Told {
  const {
    seconds,
    universalSize,
    pairs,
    scoreSum,
    peakMemoryBytes,
    workers,
    kernelThreads = 0,
    kernels,
  } = summary
  const { total, startup: _, ...stages } = seconds
  return {
    seconds: total,
    ...(universalSize !== undefined && { universal: universalSize }),
    ...(pairs !== undefined && { pairs }),
    ...(scoreSum !== undefined && { scoreSum }),
    peakMemoryBytes,
    stages,
    ...(workers !== undefined && { workers: Math.max(workers, kernelThreads) }),
    ...(kernels !== undefined && { kernels }),
  }
}
