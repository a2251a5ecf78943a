import type { HeaderRecord } from '../storage/canonical.ts'
import type { LevFile } from '../storage/lev-reader.ts'
import type { LevBlock } from '../storage/lev-writer.ts'
import { LevError } from '../errors.ts'
import { SketchSum } from './sketch-sum.ts'

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

/** The sketch in a .lev; undefined where it has none. Throws Content where a field is missing or contradicts another. */
export function sketchFrom(file: LevFile, dim: number, exponents: Int32Array): SketchSum | undefined {
  if (file.header.method !== 'sketch') return undefined
  const value = (name: (typeof NUMBERS)[number]): number => {
    const found = file.header[fieldOf(name)]
    if (typeof found === 'number' && found >= 0) return found
    throw contradiction(file, fieldOf(name), 'a number that is not negative')
  }
  const terms = {
    seed: value('seed'),
    count: value('count'),
    rows: value('rows'),
    distortion: value('distortion'),
  }
  const tables = file.read('sketches', 'f64')
  const wanted = terms.count * terms.rows * dim
  if (tables.length !== wanted) throw contradiction(file, 'sketches', `${wanted} numbers`)
  return new SketchSum(dim, terms, exponents.slice(), {
    tables,
    depth: value('depth'),
    filters: value('filters'),
  })
}

function fieldOf(name: string): string {
  return `sketch${name[0].toUpperCase()}${name.slice(1)}`
}

function contradiction({ name: file }: LevFile, field: string, wanted: string): LevError {
  const message = `${file}: its '${field}' should be ${wanted}; the file is not usable, build it again`
  return new LevError('Content', message, { file })
}
