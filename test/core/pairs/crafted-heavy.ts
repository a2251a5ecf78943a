/** Files of heavy pairs with whatever lies a test needs: the arrays by name, as NumPy would save them. */
import { writeFileSync } from 'node:fs'
import { npyHeader, readHeavyPairs } from '@levattention/core/internal'
import { archiveBytes, type Member } from '../files/zip-archive.ts'

type Numbers = readonly number[] | Float64Array

/** What a .npz of heavy pairs holds; an array that is undefined is left out, `bytes` stand in place of an array's own. */
export interface HeavyArrays {
  readonly shape: Numbers
  readonly data: Numbers
  readonly indices: Numbers
  readonly indptr: Numbers
  readonly dots: Numbers
  readonly scoreLow?: Numbers | undefined
  readonly scoreHigh?: Numbers | undefined
  readonly scoreSE?: Numbers | undefined
  readonly mass?: Numbers | undefined
  readonly slack?: Numbers | undefined
  readonly lse?: Numbers | undefined
  readonly uncertified?: Numbers | undefined
  readonly meta?: object | string | undefined
}

const INTEGERS = new Set(['shape', 'indices', 'indptr', 'uncertified'])

/** The members of the archive, in the order of a file of ours. */
export function heavyMembers(arrays: HeavyArrays): Member[] {
  const { meta, ...numbers } = arrays
  return [
    { name: 'format.npy', data: textBytes('csr') },
    ...Object.entries(numbers)
      .filter(([, values]) => values !== undefined)
      .map(([name, values]) => ({ name: `${name}.npy`, data: arrayBytes(name, values as Numbers) })),
    ...(meta === undefined ? [] : [{ name: 'meta.npy', data: metaBytes(meta) }]),
  ]
}

export function writeHeavy(path: string, arrays: HeavyArrays): string {
  return writeMembers(path, heavyMembers(arrays))
}

export function writeMembers(path: string, members: readonly Member[]): string {
  writeFileSync(path, archiveBytes(members))
  return path
}

/** .npy bytes of `text`, a 0-d string of bytes. */
export function textBytes(text: string): Buffer {
  const bytes = Buffer.from(text)
  return Buffer.concat([npyHeader(`|S${bytes.length}`, []), bytes])
}

/** .npy bytes of a column of `values`, whose header may claim another `shape`. */
export function arrayBytes(
  name: string,
  values: Numbers,
  shape: readonly number[] = [values.length],
): Buffer {
  const isInteger = INTEGERS.has(name)
  const bytes = isInteger
    ? BigInt64Array.from(values, (value) => BigInt(value)).buffer
    : Float64Array.from(values).buffer
  return Buffer.concat([npyHeader(isInteger ? '<i8' : '<f8', shape), new Uint8Array(bytes)])
}

function metaBytes(meta: object | string): Buffer {
  return textBytes(typeof meta === 'string' ? meta : JSON.stringify(meta))
}

/** The arrays of a file that is right. */
export function heavyArrays(path: string): HeavyArrays {
  const reader = readHeavyPairs(path)
  try {
    const { shape = { n: 0, m: 0 }, meta, uncertified } = reader
    const rows = new Float64Array(shape.m + 1)
    const columns = { data: [] as number[], indices: [] as number[], dots: [] as number[] }
    const ends = { scoreLow: [] as number[], scoreHigh: [] as number[] }
    for (const batch of reader.batches()) {
      batch.queryIds.forEach((query) => rows[query + 1]++)
      columns.data.push(...batch.scores)
      columns.indices.push(...batch.keyIds)
      columns.dots.push(...batch.dots)
      ends.scoreLow.push(...batch.lows)
      ends.scoreHigh.push(...batch.highs)
    }
    rows.forEach((_, i) => i > 0 && (rows[i] += rows[i - 1]))
    const [mass, slack, lse] = (['mass', 'slack', 'lse'] as const).map((name) =>
      reader.perQuery(name, 0, shape.m),
    )
    return {
      shape: [shape.m, shape.n],
      indptr: rows,
      ...columns,
      ...(reader.hasIntervals ? ends : {}),
      mass,
      slack,
      lse,
      uncertified,
      meta,
    }
  } finally {
    reader.close()
  }
}
