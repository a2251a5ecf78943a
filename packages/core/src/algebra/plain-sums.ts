import { Candidates } from '../sums/candidates.ts'
import { type GramParts, GramSum } from '../sums/gram-sum.ts'
import { SketchSum } from '../sums/sketch-sum.ts'
import { TriangularSum } from '../sums/triangular-sum.ts'

/** A field that no plain data of ours has: which class a record was. */
const CLASS = 'class of the sum'

interface Written {
  readonly [CLASS]: 'gram' | 'triangular' | 'sketch' | 'candidates'
  readonly fields: Readonly<Record<string, unknown>>
}

type Place = (view: NumberArray) => ArrayBufferView
type NumberArray = Float64Array | Float32Array | Int32Array | Uint32Array | Uint8Array

/** Sums within plain data as plain data, for another thread: classes lose what they are on the way. Arrays are not copied, but for parts of larger ones. */
export function plainSums(value: unknown): unknown {
  return plainBy(wholeView)(value)
}

/** The same with copies of large arrays in shared memory, made here: whoever gets them copies nothing, and may pass them on. */
export function sharedSums(value: unknown): unknown {
  return plainBy(sharedView)(value)
}

function plainBy(place: Place): (value: unknown) => unknown {
  // An array that stands in two places is placed once.
  const placed = new Map<unknown, ArrayBufferView>()
  const placedOnce = (view: NumberArray): ArrayBufferView => {
    const known = placed.get(view) ?? place(view)
    placed.set(view, known)
    return known
  }
  const plain = (value: unknown): unknown => {
    if (ArrayBuffer.isView(value)) return placedOnce(value as NumberArray)
    if (Array.isArray(value)) return value.map(plain)
    if (value === null || typeof value !== 'object') return value
    const written = writtenSum(value)
    if (written === undefined) return eachField(value, plain)
    return { [CLASS]: written[CLASS], fields: eachField(written.fields, plain) }
  }
  return plain
}

/** What `plainSums` was given. */
export function sumsOf(value: unknown): unknown {
  if (ArrayBuffer.isView(value)) return value
  if (Array.isArray(value)) return value.map(sumsOf)
  if (value === null || typeof value !== 'object') return value
  return isWritten(value) ? READERS[value[CLASS]](eachField(value.fields, sumsOf)) : eachField(value, sumsOf)
}

function isWritten(value: object): value is Written {
  return CLASS in value
}

function eachField(value: object, change: (field: unknown) => unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, change(field)]))
}

/** Smaller arrays are copied sooner than shared. */
const LEAST_SHARED_BYTES = 16_384

function sharedView(view: NumberArray): ArrayBufferView {
  if (view.byteLength < LEAST_SHARED_BYTES) return wholeView(view)
  if (view.buffer instanceof SharedArrayBuffer && view.byteLength === view.buffer.byteLength) return view
  const make = view.constructor as new (buffer: SharedArrayBuffer) => NumberArray
  const copy = new make(new SharedArrayBuffer(view.byteLength))
  copy.set(view)
  return copy
}

/** Of a part a thread would be sent the whole. */
function wholeView(view: NumberArray): ArrayBufferView {
  const isPart = view.byteLength < view.buffer.byteLength && view.buffer instanceof ArrayBuffer
  return isPart ? view.slice() : view
}

function writtenSum(value: object): Written | undefined {
  if (value instanceof GramSum) {
    const { dim, rowCount, parts } = value
    // Zeros of no rows are made anew: that touches no memory.
    return { [CLASS]: 'gram', fields: { dim, parts: rowCount === 0 ? undefined : parts } }
  }
  if (value instanceof TriangularSum) {
    const { dim, exponents, levels } = value
    return { [CLASS]: 'triangular', fields: { dim, exponents, levels } }
  }
  if (value instanceof SketchSum) {
    const { dim, terms, exponents, tables, depth, filters } = value
    return { [CLASS]: 'sketch', fields: { dim, terms, exponents, parts: { tables, depth, filters } } }
  }
  if (value instanceof Candidates) {
    const { dim, rowIds, bounds, keys, entryScores } = value
    return { [CLASS]: 'candidates', fields: { dim, rowIds, bounds, keys, entryScores } }
  }
  return undefined
}

const READERS: Readonly<Record<Written[typeof CLASS], (fields: Written['fields']) => unknown>> = {
  gram(fields) {
    const { dim, parts } = fields as { dim: number; parts: GramParts }
    return new GramSum(dim, parts)
  },
  triangular(fields) {
    const { dim, exponents, levels } = fields as unknown as TriangularSum
    return new TriangularSum(dim, exponents, levels)
  },
  sketch(fields) {
    const { dim, terms, exponents, parts } = fields as unknown as SketchSum & {
      parts: Pick<SketchSum, 'tables' | 'depth' | 'filters'>
    }
    return new SketchSum(dim, terms, exponents, parts)
  },
  candidates(fields) {
    const { dim, rowIds, bounds, keys, entryScores } = fields as unknown as Candidates
    return Candidates.of(dim, rowIds, bounds, keys, entryScores)
  },
}
