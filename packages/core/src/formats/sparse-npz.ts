import { setImmediate as nextTurn } from 'node:timers/promises'
import { refusal } from '../files/refusal.ts'
import { createTemporaryFile, type TemporaryFile } from '../files/temporary-file.ts'
import { systemTemporaries } from '../files/temporaries.ts'
import { npyHeader } from './npy-writer.ts'
import { entriesOf, isByColumns } from './sparse-entries.ts'
import { layoutOf, part, type Parts, type SparseLayout, withParts } from './sparse-parts.ts'
import {
  type ArrayCatalog,
  type StoredArray,
  type TurnedFile,
  type Turning,
  WITHOUT_PLACES,
} from './stored-array.ts'
import { WindowedFloats } from './windowed-floats.ts'
import { throwIfStopped } from '../errors/stopped.ts'

/** What SciPy saves of each format beside `data`, `format` and `shape`: where its entries stand. */
const PLACES = [
  ['indices', 'indptr'],
  ['row', 'col'],
] as const

const HEADER_BYTES = 128

/**
 * The sparse matrix of SciPy (CSR, CSC or COO) whose parts the .npz holds, as one array; undefined where it holds none. Heavy pairs of
 * ours are none: a matrix of them is not meant.
 */
export function sparseWhole(catalog: Omit<ArrayCatalog, 'whole'>): (() => StoredArray) | undefined {
  const { names } = catalog
  const has = (name: string) => names.includes(name)
  if (!['data', 'format', 'shape'].every(has) || (has('dots') && has('meta'))) return undefined
  const places = PLACES.find((parts) => parts.every(has))
  return places === undefined ? undefined : () => sparseArray(catalog, places)
}

function sparseArray(catalog: Omit<ArrayCatalog, 'whole'>, places: readonly string[]): StoredArray {
  const what = 'a sparse matrix of SciPy'
  // Described while the file is open.
  const [data, ...others] = ['data', 'format', 'shape', ...places].map((name) => catalog.describe(name))
  const { path, byteLength, mtimeMs } = data
  const arrays = [...others, data]
  const turning = (isWide: boolean): Turning => ({
    what,
    turn: (folder, signal) =>
      withParts(arrays, folder, signal, (parts) => turn(path, parts, isWide, folder, signal)),
    describe: (signal) =>
      withParts(arrays.slice(0, 2), systemTemporaries(), signal, (parts) => {
        const { rows, cols } = layoutOf(path, parts, isWide)
        return Promise.resolve({ rows, columns: Array.from({ length: cols }, (_, i) => `${i}`) })
      }),
  })
  return {
    path,
    ...WITHOUT_PLACES,
    dtypeName: what,
    turning: { ...turning(false), wide: turning(true) },
    byteLength,
    mtimeMs,
  }
}

/** A dense file, zero where nothing stands; entries of one place are added up, as SciPy does; of true and false one is true, or none. */
async function turn(
  path: string,
  parts: Parts,
  isWide: boolean,
  folder: string,
  signal: AbortSignal | undefined,
): Promise<TurnedFile> {
  const layout = layoutOf(path, parts, isWide)
  const { rows, cols } = layout
  const isFortran = isByColumns(path, parts, layout)
  const file = createTemporaryFile(path, folder)
  try {
    const byteLength = HEADER_BYTES + 8 * rows * cols
    file.write(0, npyHeader('<f8', [rows, cols], isFortran))
    file.extend(byteLength)
    await fill(path, parts, layout, file, isFortran, signal)
    file.close()
    return { path: file.path, byteLength }
  } catch (error) {
    file.remove()
    throw error
  }
}

async function fill(
  path: string,
  parts: Parts,
  layout: SparseLayout,
  file: TemporaryFile,
  isFortran: boolean,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { rows, cols } = layout
  const areFlags = part(path, parts, 'data').array.dtype === 'bool'
  const dense = new WindowedFloats(file, HEADER_BYTES, rows * cols)
  for (const { rows: at, cols: across, values } of entriesOf(path, parts, layout)) {
    for (let i = 0; i < values.length; i++) {
      const [row, col] = [at[i], across[i]]
      if (!(row >= 0 && row < rows && col >= 0 && col < cols))
        throw refusal(
          'Content',
          path,
          `damaged: an entry stands in row ${row}, column ${col} of a matrix of ${rows} rows and ${cols} columns`,
        )
      const place = isFortran ? col * rows + row : row * cols + col
      if (areFlags) dense.addFlag(place, values[i])
      else dense.add(place, values[i])
    }
    await nextTurn()
    throwIfStopped(signal, path, path)
  }
  dense.flush()
}
