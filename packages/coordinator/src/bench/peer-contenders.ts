import { peerPath } from '../engines/package-files.ts'
import { type BenchCase, scaleText } from './bench-case.ts'
import type { CaseFiles } from './case-files.ts'
import type { Contender, Told } from './contender.ts'
import type { FoundPeers, Skipped } from './find-peers.ts'

/** Queries that brute force is timed on: it takes in proportion. */
const BRUTE_QUERIES = 512
/** The same of full attention over many keys. */
const ATTEND_QUERIES = 4096
/** Above this share of the machine's memory no peer is asked to hold K. */
const MOST_SHARE = 1 / 4

interface PeerOptions {
  readonly found: FoundPeers
  readonly threads: number
  readonly memoryBytes: number
}

/** What of others is measured in `one`, and what is not for its size. */
export function peerContenders(
  one: BenchCase,
  files: CaseFiles,
  options: PeerOptions,
): { contenders: Contender[]; skipped: Skipped[] } {
  const { found, threads, memoryBytes } = options
  const bytes = 4 * one.n * one.d
  if (bytes > memoryBytes * MOST_SHARE) {
    const why = `they hold all keys in memory, ${(bytes / 1e9).toFixed(1)} GB of ${(memoryBytes / 1e9).toFixed(1)}`
    return { contenders: [], skipped: [{ what: `peers of ${one.n} x ${one.d}`, why }] }
  }
  const python = found.scipy === undefined ? [] : PEERS[one.kind](one, files, found.python, threads)
  const r = one.kind === 'scores' && found.r !== undefined ? [rScores(one, files)] : []
  return { contenders: [...(one.isLean ? python.slice(0, 1) : python), ...r], skipped: [] }
}

type PeersOf = (one: BenchCase, files: CaseFiles, python: string, threads: number) => Contender[]

/** The best that is known first. */
const PEERS: Readonly<Record<BenchCase['kind'], PeersOf>> = {
  heavy: ({ epsilon }, { keys, queries }, python, threads) => {
    const inputs = [keys, queries, `${epsilon}`]
    const plain = (what: string, ...more: string[]) =>
      [python, threads, 'plain.py', what, ...inputs, ...more] as const
    return [
      numpy('an expert’s NumPy', [python, 1, 'expert.py', ...inputs, `${threads}`]),
      numpy('NumPy, float64', plain('levattention64')),
      numpy('NumPy, float32 rechecked', plain('levattention32')),
      numpy('NumPy, brute force', plain('bruteforce', `${BRUTE_QUERIES}`)),
    ]
  },
  softmax: ({ epsilon, d }, { keys, queries }, python, threads) => [
    pooled('pooled NumPy, float32', (block) => [
      python,
      1,
      'softmax.py',
      'pairs',
      keys,
      queries,
      `${epsilon}`,
      scaleText(d),
      `${threads}`,
      block,
    ]),
  ],
  attend: ({ d }, { keys, queries, values }, python, threads) => [
    pooled('pooled NumPy, all keys', (block) => [
      python,
      1,
      'softmax.py',
      'attend',
      keys,
      queries,
      values,
      scaleText(d),
      `${threads}`,
      block,
      `${ATTEND_QUERIES}`,
    ]),
  ],
  scores: (_, { keys }, python, threads) => [
    numpy('NumPy, Gram and factor', [python, threads, 'plain.py', 'scores', keys]),
    numpy('SciPy, qr of K', [python, threads, 'plain.py', 'qr', keys]),
  ],
}

type PythonLine = readonly [python: string, blasThreads: number, script: string, ...args: string[]]

function numpy(name: string, line: PythonLine): Contender {
  return { name, role: 'peer', host: 'python', line: () => pythonLine(line), read: toldOf }
}

/** A peer that looks for its best block in the untimed run, and is told it from then on. */
function pooled(name: string, lineOf: (block: string) => PythonLine): Contender {
  return {
    name,
    role: 'peer',
    host: 'python',
    line: (first) => pythonLine(lineOf(`${first?.block ?? 0}`)),
    read: toldOf,
  }
}

/** OpenBLAS presets that slow it down are taken away. */
export function pythonLine([python, blasThreads, script, ...args]: PythonLine) {
  const threads = `${blasThreads}`
  return {
    program: python,
    args: [peerPath(script), ...args],
    env: {
      // An install is not to be written into.
      PYTHONDONTWRITEBYTECODE: '1',
      OPENBLAS_NUM_THREADS: threads,
      MKL_NUM_THREADS: threads,
      OMP_NUM_THREADS: threads,
      OPENBLAS_CORETYPE: undefined,
      OPENBLAS_L2_SIZE: undefined,
    },
  }
}

function rScores({ n, d }: BenchCase, { keys }: CaseFiles): Contender {
  const args = [peerPath('scores.R'), keys, `${n}`, `${d}`]
  return { name: 'R, hat', role: 'peer', host: 'r', line: () => ({ program: 'Rscript', args }), read: toldOf }
}

function toldOf(stdout: string): Told {
  return JSON.parse(stdout) as Told
}

/** What Node and Python take to begin, with what the expert imports. */
export function startupContenders(found: FoundPeers): Contender[] {
  const timeless = () => ({ seconds: 0 })
  const node: Contender = {
    name: 'node -e 0',
    role: 'startup',
    host: 'node',
    line: () => ({ program: process.execPath, args: ['-e', '0'] }),
    read: timeless,
  }
  if (found.scipy === undefined) return [node]
  const line: PythonLine = [found.python, 1, 'expert.py', 'imports']
  return [
    node,
    {
      name: 'Python’s imports',
      role: 'startup',
      host: 'python',
      line: () => pythonLine(line),
      read: timeless,
    },
  ]
}
