import { bench } from '../../bench/bench.ts'
import { BENCH_KINDS, type BenchKind, type BenchSize } from '../../bench/bench-case.ts'
import { parseKinds, parseSizes } from '../../bench/parse-cases.ts'
import { withJob } from '../../job/job.ts'
import { defineCommand } from '../options/command.ts'
import { inputOptions, runtimeOptions } from '../options/common-options.ts'
import { countOption, flagOption, shareOption, textOption, type ValueOption } from '../options/option.ts'
import { benchText } from '../text/bench-text.ts'

const USUAL_EPSILONS = [0.01]
const USUAL_RUNS = 3
const FULL_RUNS = 7
/** A case's rounds, where nobody says how many: so that all takes minutes on slow and busy machines too. */
const USUAL_SECONDS = 20
const FULL_SECONDS = 100

const onlyOption: ValueOption<BenchKind[]> = {
  kind: 'value',
  placeholder: 'LIST',
  description: `Of ${BENCH_KINDS.join(', ')} these; default all. roofline: the kernels, and stages of what else is measured, against the machine’s peak`,
  isList: true,
  parse: parseKinds,
}

const sizesOption: ValueOption<BenchSize[]> = {
  kind: 'value',
  placeholder: 'LIST',
  description:
    'Keys x columns, or keys x columns x queries, of heavy, softmax, attend and scores: 1e6x64,1e5x128x1000',
  isList: true,
  parse: parseSizes,
}

/** A list of shares. */
const epsilonOption: ValueOption<number[]> = {
  kind: 'value',
  placeholder: 'LIST',
  description: 'Of heavy and softmax: 0.1,0.01; default 0.01',
  isList: true,
  parse: (text, name) => text.split(',').map((part) => shareOption('E', '').parse(part, name)),
}

export const command = defineCommand({
  name: 'bench',
  description:
    'Times this machine’s own runs, with native and WebAssembly kernels and one thread, against brute force, NumPy, an expert’s NumPy, SciPy and ' +
    'R where they are here, in alternating rounds on the same inputs. Makes these in a temporary folder; downloads nothing. About two minutes.',
  usage: '[--only LIST] [--sizes LIST]',
  options: {
    only: onlyOption,
    sizes: sizesOption,
    epsilon: epsilonOption,
    full: flagOption('All sizes and epsilons of docs/performance.md: about ten minutes on a quiet machine'),
    runs: countOption(
      'N',
      'Timed rounds after one that is not timed; default 3, with --full 7, or as many as fit in 20 s, or 100, of a case',
      1,
      1000,
    ),
    workers: {
      ...runtimeOptions.workers,
      description: 'Threads of ours and of others; default: the cores granted',
    },
    python: textOption('FILE', 'The Python whose NumPy and SciPy are measured; default python3'),
    tmp: inputOptions.tmp,
  },
  examples: [
    ['bench', 'the usual sizes of everything'],
    ['bench --only heavy --sizes 1e5x64,1e6x128 --epsilon 0.1,0.01 --runs 5', 'runs of these sizes alone'],
    ['bench --only heavy --sizes 1e8x32', '12.8 GB of keys: ours alone, twice'],
    ['bench --full --json', 'what docs/performance.md is made of'],
  ],
  async run(values, io) {
    const { full, workers, python = 'python3', tmp } = values
    const summary = await withJob(
      { workers: 0, kernels: 'scalar', signal: io.signal, onProgress: io.progress, startedMs: io.startedMs },
      async (job) => {
        const facts = await bench({
          only: values.only ?? BENCH_KINDS,
          sizes: values.sizes ?? [],
          epsilons: values.epsilon ?? USUAL_EPSILONS,
          full,
          runs: values.runs ?? (full ? FULL_RUNS : USUAL_RUNS),
          mostSeconds: values.runs !== undefined ? Infinity : full ? FULL_SECONDS : USUAL_SECONDS,
          workers,
          python,
          tmp,
          signal: io.signal,
          onProgress: (progress) => job.progress(progress),
        })
        const { workers: _, kernels: __, ...measured } = job.measured()
        return { command: 'bench', inputs: [], outputs: [], ...measured, ...facts }
      },
    )
    return { summary, text: benchText(summary), textTo: 'stdout' }
  },
})
