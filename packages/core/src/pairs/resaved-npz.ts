import type { LevError } from '../errors/errors.ts'
import { counted } from '../errors/counted.ts'
import { type ByteSource, openFileSource } from '../files/byte-source.ts'
import type { ElementType } from '../files/elements.ts'
import { readZipDirectory, type ZipMember } from '../files/zip-directory.ts'
import {
  type HeldArray,
  HeldArrays,
  holdingArray,
  inflatedMembers,
  MOST_HELD_BYTES,
} from '../formats/held-npz.ts'
import { inputFile, MAX_DIRECTORY_BYTES, type NpzArrays } from '../formats/npz-reader.ts'
import { sortingOrder } from '../pieces/sorting-order.ts'
import { damagedPairs } from './pair-collector.ts'

const MOST_ROWS = MOST_HELD_BYTES / 8

/** One sparse matrix alone, as SciPy saves it. */
const OF_SCIPY: readonly string[] = [
  'format',
  'shape',
  'data',
  'indices',
  'indptr',
  'row',
  'col',
  '_is_array',
]
const OURS: readonly string[] = [
  'dots',
  'scoreLow',
  'scoreHigh',
  'scoreSE',
  'mass',
  'slack',
  'lse',
  'uncertified',
  'meta',
]
/** Of each pair, beside its place. */
const OF_PAIRS = ['data', 'dots', 'scoreLow', 'scoreHigh', 'scoreSE'] as const

interface NamedMember {
  readonly member: ZipMember
  readonly name: string
}

/** The members of heavy pairs that another program saved again; undefined where the archive is as a sink writes it, or none of pairs. */
function resavedMembers(source: ByteSource): readonly NamedMember[] | undefined {
  const members = readZipDirectory(inputFile(source), MAX_DIRECTORY_BYTES).map((member) => ({
    member,
    name: member.name.replace(/\.npy$/, ''),
  }))
  const names = members.map(({ name }) => name)
  const has = (...wanted: string[]) => wanted.every((name) => names.includes(name))
  const isSparse = has('format', 'shape', 'data') && (has('indices', 'indptr') || has('row', 'col'))
  // Without dots none of what stands beside them is there either: else it is ours, and damaged.
  const wanted = has('dots') ? [...OF_SCIPY, ...OURS] : OF_SCIPY
  const isKnown = names.every((name, at) => wanted.includes(name) && names.indexOf(name) === at)
  const isStored = members.every(({ member }) => member.method === 0)
  return !isSparse || !isKnown || (isStored && has('dots', 'indptr')) ? undefined : members
}

/** What the compressed members of such an archive at `path` hold, by their names, inflated outside of this thread. Throws NotFound, Content, Aborted. */
export async function inflatedPairs(
  path: string,
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const source = openFileSource(path)
  try {
    const members = resavedMembers(source) ?? []
    return await inflatedMembers(
      source,
      members.map(({ member }) => member),
      signal,
    )
  } finally {
    source.close()
  }
}

/**
 * The arrays of heavy pairs that another program saved again: compressed, or one sparse matrix as CSR, CSC or COO alone; its pairs in the
 * order of a sink. undefined where the archive is as a sink writes it, or none of pairs. Others of this thread may come between pieces;
 * what `inflated` lacks is inflated in one. Throws Content where it is damaged.
 */
export function* resavedArrays(
  source: ByteSource,
  inflated?: ReadonlyMap<string, Uint8Array>,
): Generator<void, NpzArrays | undefined, void> {
  const members = resavedMembers(source)
  if (members === undefined) return undefined
  const refuse = (where: string, what: string) => damagedPairs(source.name, where, what)
  const arrays = new Map<string, HeldArray>()
  for (const { member, name } of members) {
    yield
    if (name !== '_is_array')
      arrays.set(name, yield* holdingArray(source, member, name, refuse, inflated?.get(member.name)))
  }
  yield
  return new HeldArrays(yield* inOrder(source, arrays), refuse)
}

/** CSR whose keys ascend in each row, of any of SciPy's formats. Throws Content where places do not fit. */
function* inOrder(
  source: ByteSource,
  arrays: ReadonlyMap<string, HeldArray>,
): Generator<void, Map<string, HeldArray>, void> {
  const refuse = (name: string, what: string) => damagedPairs(source.name, `array ${name}`, what)
  const shape = arrays.get('shape')
  const pairCount = arrays.get('data')?.values.length ?? 0
  const isShape = shape?.values.length === 2 && (shape.type === 'i64' || shape.type === 'i32')
  if (!isShape) throw refuse('shape', 'it is not that of a matrix')
  const [m, n] = shape.values
  if (!(m >= 0 && m <= MOST_ROWS)) throw refuse('shape', `it has ${m} rows; at most ${MOST_ROWS} are held`)
  const format = arrays.get('format')?.text
  const places =
    format === 'coo'
      ? listedPlaces(arrays, refuse)
      : format === 'csr' || format === 'csc'
        ? runPlaces(arrays, format === 'csr' ? m : n, format === 'csr', refuse)
        : undefined
  if (places === undefined)
    throw refuse('format', `it is of the format ${JSON.stringify(format)}; csr, csc and coo are read`)
  const { rows, cols } = places
  if (rows.length !== pairCount || cols.length !== pairCount)
    throw refuse(
      'data',
      `it has ${counted(pairCount, 'pair')}, and its places ${rows.length} and ${cols.length}`,
    )
  if (rows.some((row) => !(row >= 0 && row < m)))
    throw refuse('shape', `a pair is outside of its ${counted(m, 'row')}`)
  yield
  const order = yield* sortingOrder(pairCount, (a, b) => rows[a] - rows[b] || cols[a] - cols[b])
  const indptr = new Float64Array(m + 1)
  for (const row of rows) indptr[row + 1]++
  for (let row = 0; row < m; row++) indptr[row + 1] += indptr[row]
  const held = (type: ElementType, values: Float64Array): HeldArray => ({
    shape: [values.length],
    type,
    values,
    text: '',
  })
  const result = new Map(arrays)
  result.set('format', { shape: [], type: 'text', values: new Float64Array(0), text: 'csr' })
  result.set('shape', { ...shape, type: 'i64' })
  result.set('indices', held('i64', yield* picked(cols, order)))
  result.set('indptr', held('i64', indptr))
  for (const name of OF_PAIRS) {
    const array = arrays.get(name)
    if (array && array.type !== 'text' && array.values.length === pairCount)
      result.set(name, held(array.type, yield* picked(array.values, order)))
  }
  return result
}

const PIECE = 2 ** 16

function* picked(values: Float64Array, order: Uint32Array): Generator<void, Float64Array, void> {
  const taken = new Float64Array(order.length)
  for (let place = 0; place < order.length; place++) {
    taken[place] = values[order[place]]
    if (place % PIECE === 0) yield
  }
  return taken
}

interface Places {
  readonly rows: Float64Array
  readonly cols: Float64Array
}
type Refuse = (name: string, what: string) => LevError

function listedPlaces(arrays: ReadonlyMap<string, HeldArray>, refuse: Refuse): Places {
  const [rows, cols] = ['row', 'col'].map((name) => arrays.get(name)?.values)
  if (rows && cols) return { rows, cols }
  throw refuse('row', 'missing, or col is')
}

/** Of `count` runs, which are rows or columns. */
function runPlaces(
  arrays: ReadonlyMap<string, HeldArray>,
  count: number,
  areRows: boolean,
  refuse: Refuse,
): Places {
  const [ends, others] = ['indptr', 'indices'].map((name) => arrays.get(name)?.values)
  if (!ends || !others) throw refuse('indptr', 'missing, or indices is')
  if (ends.length !== count + 1 || ends[0] !== 0 || ends[count] !== others.length)
    throw refuse(
      'indptr',
      `it has ${counted(ends.length, 'entry')} from ${ends[0]} to ${ends.at(-1)}, for ${others.length} pairs`,
    )
  const runs = new Float64Array(others.length)
  for (let run = 0; run < count; run++) {
    if (!(ends[run + 1] >= ends[run])) throw refuse('indptr', `it falls at ${run}`)
    runs.fill(run, ends[run], ends[run + 1])
  }
  return areRows ? { rows: runs, cols: others } : { rows: others, cols: runs }
}
