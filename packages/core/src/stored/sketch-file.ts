import type { HeaderRecord } from '../lev/canonical.ts'
import type { LevFile } from '../lev/lev-reader.ts'
import type { LevBlock } from '../lev/lev-writer.ts'
import { HeaderFields, readBlock } from './lev-fields.ts'
import { SketchSum } from '../sums/sketch-sum.ts'

const NUMBERS = ['seed', 'count', 'rows', 'distortion', 'depth', 'filters'] as const

/** The header fields of a summary that is a sketch; none where it is exact. */
export function sketchHeader(sketch: SketchSum | undefined): HeaderRecord {
  if (!sketch) return {}
  const { depth, filters, terms } = sketch
  const values = { ...terms, depth, filters }
  return { method: 'sketch', ...Object.fromEntries(NUMBERS.map((name) => [fieldOf(name), values[name]])) }
}

export function sketchBlocks(sketch: SketchSum | undefined): LevBlock[] {
  if (!sketch) return []
  return [{ name: 'sketches', dtype: 'f64', length: sketch.tables.length, data: sketch.tables }]
}

/** Each word of a row's draw serves one sketch: more rows than a word has places for are none of ours. */
const MOST_ROWS = 2 ** 31

/** The sketch in a .lev; undefined where it has none. Throws Content where a field is missing, out of range, or contradicts another. */
export function sketchFrom(file: LevFile, dim: number, exponents: Int32Array): SketchSum | undefined {
  const header = new HeaderFields(file)
  if (header.oneOf('method', [undefined, 'sketch']) === undefined) return undefined
  const terms = {
    seed: header.integer(fieldOf('seed')),
    count: header.integer(fieldOf('count'), 1),
    rows: header.integer(fieldOf('rows'), 1, MOST_ROWS),
    distortion: header.positive(fieldOf('distortion'), 2),
  }
  if (!Number.isInteger(Math.log2(terms.rows))) throw header.contradiction(fieldOf('rows'), 'a power of two')
  return new SketchSum(dim, terms, exponents.slice(), {
    tables: readBlock(file, 'sketches', terms.count * terms.rows * dim),
    depth: header.integer(fieldOf('depth')),
    filters: header.integer(fieldOf('filters')),
  })
}

function fieldOf(name: string): string {
  return `sketch${name[0].toUpperCase()}${name.slice(1)}`
}
