/** What is measured: a run, its softmax, `attend`, `scores`, batches of a session, and what the machine gives at the most. */
export const BENCH_KINDS = ['heavy', 'softmax', 'attend', 'scores', 'session', 'roofline'] as const

export type BenchKind = (typeof BENCH_KINDS)[number]

/** Those that are runs of commands on files. */
export type FileKind = Exclude<BenchKind, 'session' | 'roofline'>

/** One input, and what is asked of it. */
export interface BenchCase {
  readonly kind: FileKind
  /** Keys [n, d] and queries [m, d]; scores have none. */
  readonly n: number
  readonly d: number
  readonly m: number
  /** Of heavy pairs. */
  readonly epsilon: number
  /** Timed rounds, at the most; default: as many as are asked for. */
  readonly mostRuns?: number
  /** Against one peer alone, the best that is known. */
  readonly isLean?: boolean
}

/** n x d, or n x d x m. */
export interface BenchSize {
  readonly n: number
  readonly d: number
  readonly m?: number
}

const QUERIES: Readonly<Record<FileKind, number>> = { heavy: 10_000, softmax: 4096, attend: 4096, scores: 0 }

/** What each kind is measured on where nothing else is asked for: two minutes in all. */
const USUAL: Readonly<Record<FileKind, BenchSize>> = {
  heavy: { n: 1e6, d: 64 },
  softmax: { n: 16_384, d: 64 },
  attend: { n: 65_536, d: 64 },
  scores: { n: 1e5, d: 64 },
}

/** Entries of K above which fewer rounds and peers have to do. */
const LARGE = 2e8
/** Above these a round is minutes. */
const HUGE = 1e9

/** One case a kind, size and epsilon; kinds without epsilons have one a size. */
export function casesOf(
  kinds: readonly BenchKind[],
  sizes: readonly BenchSize[],
  epsilons: readonly number[],
): BenchCase[] {
  return kinds.filter(isFileKind).flatMap((kind) =>
    (sizes.length > 0 ? sizes : [USUAL[kind]]).flatMap((size) =>
      (kind === 'heavy' || kind === 'softmax' ? epsilons : epsilons.slice(0, 1)).map((epsilon) => ({
        kind,
        ...size,
        m: kind === 'scores' ? 0 : (size.m ?? QUERIES[kind]),
        epsilon,
        ...limitsOf(size),
      })),
    ),
  )
}

function limitsOf({ n, d }: BenchSize): Pick<BenchCase, 'mostRuns' | 'isLean'> {
  if (n * d <= LARGE) return {}
  return n * d > HUGE ? { mostRuns: 2, isLean: true } : { isLean: true }
}

/** About what other kinds take. */
export const REST_SECONDS: Readonly<Record<Exclude<BenchKind, FileKind>, number>> = {
  session: 6,
  roofline: 20,
}

/** About what a case takes on two cores: of the starts of its processes, of reading, and of products of queries and keys. */
export function reckonedSeconds(one: BenchCase, runs: number, mostSeconds: number): number {
  const { kind, n, d, m, isLean = false } = one
  const products = kind === 'softmax' ? n * m * d : kind === 'attend' ? 4096 * n * d : 0
  const round = 3 + (n * d) / (isLean ? 3e7 : 1.3e7) + products / 3e9
  return round + Math.min(runs * round, Math.max(mostSeconds, round))
}

export function isFileKind(kind: BenchKind): kind is FileKind {
  return kind !== 'session' && kind !== 'roofline'
}

/** Logits of Gaussian rows then have a standard deviation of 2: some keys are heavy. */
export function scaleText(d: number): string {
  return `${2 / Math.sqrt(d)}`
}

const sweep = { mostRuns: 3, isLean: true } as const
const heavy = { kind: 'heavy', m: 10_000, epsilon: 0.01 } as const
const softmax = { kind: 'softmax', n: 65_536, m: 16_384, epsilon: 0.01 } as const

/** Of docs/performance.md: the sizes of the targets, and one of n, d and epsilon varied at a time; about ten minutes. */
export const FULL_CASES: readonly BenchCase[] = [
  { ...heavy, n: 1e6, d: 64 },
  { ...heavy, n: 1e6, d: 128 },
  { ...heavy, n: 1e7, d: 64, isLean: true },
  { ...heavy, n: 1000, d: 16, m: 100, ...sweep },
  { ...heavy, n: 1e5, d: 64, ...sweep },
  { ...heavy, n: 1e5, d: 16, ...sweep },
  { ...heavy, n: 1e5, d: 256, ...sweep },
  { ...heavy, n: 1e5, d: 1024, m: 1000, epsilon: 0.1, ...sweep },
  { ...heavy, n: 1e6, d: 64, epsilon: 0.1, ...sweep },
  { ...heavy, n: 1e6, d: 64, epsilon: 0.001, ...sweep },
  { ...softmax, d: 64 },
  { ...softmax, d: 32, ...sweep },
  { ...softmax, d: 16, ...sweep },
  { kind: 'attend', n: 262_144, d: 64, m: 16_384, epsilon: 0.01 },
  { kind: 'scores', n: 1e5, d: 64, m: 0, epsilon: 0.01, mostRuns: 3 },
]
