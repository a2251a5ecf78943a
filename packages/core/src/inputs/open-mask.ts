import { counted } from '../errors/counted.ts'
import { LevError } from '../errors/errors.ts'
import { withInputFile } from '../files/input-file.ts'
import { badContent } from '../files/refusal.ts'
import { addressWord } from '../files/typed-code.ts'
import { arrayLabel, elementCount, shapeText, type StoredArray } from '../formats/stored-array.ts'
import { resolveArray, type OpenOptions } from './describe-file.ts'
import { MEANING, otherShape, otherType, otherValue, reversed, transposed } from './mask-advice.ts'
import { requireBytes, requireInflated } from './matrix-part.ts'
import { openNumbers } from './open-numbers.ts'

/** Which rows of a matrix are seen, of each batch. */
export interface RowMask {
  /** As the user may type it. */
  readonly address: string
  /** Entries of a batch, n. */
  readonly rows: number
  /** 1 of a mask [n], which is that of every batch. */
  readonly batches: number
  /** Of all batches. */
  readonly hiddenCount: number
  /** [rows] of a batch: 1 where a row is seen, 0 where it is hidden. Not to be written to. */
  seen(batch: number): Uint8Array
  /** Where a program that takes True as hidden made it: how it is turned round. */
  readonly reversing: string | undefined
  /** As it was when it was read. */
  readonly file: Pick<StoredArray, 'path' | 'inflatedPath' | 'byteLength' | 'mtimeMs'>
}

/** What a mask is for. */
export interface MaskTerms {
  /** Of the matrix whose rows it hides. */
  readonly rows: number
  /** 1 where the matrix has no batches. */
  readonly batches: number
  /** 'keys'. */
  readonly input: string
  /** Of a matrix that is one head of an array: its batch, and how many that has. */
  readonly batch?: { readonly index: number; readonly count: number } | undefined
}

const BLOCK_BYTES = 2 ** 20

/**
 * The mask [n] or [batches, n] at `address`, of bool or of whole numbers 0 and 1 of any width: True and 1 are seen, as in PyTorch's
 * scaled_dot_product_attention and in Hugging Face (nn.MultiheadAttention's key_padding_mask is the reverse). `[b]` behind '#' takes one batch. It is loaded
 * whole, once its length is known to be that of the file and of `terms`. Throws NotFound, Option, Content (another type, shape or
 * value: with the line that converts it).
 */
export function openMask(address: string, terms: MaskTerms, options: OpenOptions = {}): RowMask {
  const { array, indices } = resolveArray(address, { ...options, isVector: true })
  if (options.inflated?.what !== undefined) return columnMask(address, array, terms, options)
  const width = widthOf(array)
  if (width === undefined) throw otherType(array, terms)
  const [batch, ...others] = indices
  if (others.length > 0 || batch === ':' || (batch !== undefined && array.shape.length !== 2))
    throw badIndex(address, array, batch)
  requireShape(array, batch === undefined ? terms : { ...terms, batches: array.shape[0] })
  requireInflated(array)
  requireBytes(array, width)
  const all = seenEntries(array, width)
  const { rows } = terms
  const seen = batch === undefined ? all : all.slice(batch * rows, (batch + 1) * rows)
  const batches = batch === undefined && array.shape.length === 2 ? array.shape[0] : 1
  return {
    address,
    rows,
    batches,
    hiddenCount: seen.reduce((count, one) => count + 1 - one, 0),
    seen: (at) => (batches === 1 ? seen : seen.subarray(at * rows, (at + 1) * rows)),
    reversing: reversed(array),
    file: array,
  }
}

/** The Option error about an index that is no batch: with the batch that it begins with. */
function badIndex(address: string, { path, name, shape }: StoredArray, batch: number | ':' = 0): LevError {
  const found = `${address}: the index of a mask [batches, rows] is one batch`
  const first = batch === ':' ? 0 : batch
  const advice =
    shape.length === 2
      ? `, as in \`${addressWord(path, `${name}[${first}]`)}\``
      : `, and this has ${counted(shape.length, 'axis')}`
  return new LevError('Option', found + advice)
}

/** A column of a table: numbers 0 and 1, or true and false. */
function columnMask(address: string, array: StoredArray, terms: MaskTerms, options: OpenOptions): RowMask {
  const { rows } = terms
  requireShape({ ...array, shape: [array.shape[0]] }, terms)
  const numbers = openNumbers(address, 'scores', options).row(0)
  const bad = numbers.findIndex((value) => value !== 0 && value !== 1)
  if (bad >= 0) throw badContent(arrayLabel(array), `row ${bad} is ${numbers[bad]}; ${MEANING}`)
  const seen = Uint8Array.from(numbers)
  const hiddenCount = seen.reduce((count, one) => count + 1 - one, 0)
  return { address, rows, batches: 1, hiddenCount, seen: () => seen, reversing: undefined, file: array }
}

/** Bytes of an element; undefined where it is neither bool nor a whole number. */
function widthOf({ dtypeName }: StoredArray): number | undefined {
  if (/^bool |^safetensors BOOL$/.test(dtypeName)) return 1
  const [, bits] = /^(?:u?int|safetensors [IU])(8|16|32|64)\b/.exec(dtypeName) ?? []
  return bits === undefined ? undefined : Number(bits) / 8
}

function requireShape(array: StoredArray, terms: MaskTerms): void {
  const { shape } = array
  if (shape.length < 1 || shape.length > 2) throw otherShape(array, terms)
  const rows = shape[shape.length - 1]
  const batches = shape.length === 2 ? shape[0] : 1
  if (rows === terms.rows && (batches === 1 || batches === terms.batches)) return
  const isTurned = shape.length === 2 && shape[0] === terms.rows && (rows === 1 || rows === terms.batches)
  if (isTurned) throw transposed(array, terms)
  const has = rows === terms.rows ? `${batches} batches` : counted(rows, 'entry')
  const wanted = rows === terms.rows ? `${terms.batches}` : counted(terms.rows, 'row')
  const isOfBatches = rows === terms.rows && terms.batches === 1
  const batch = terms.batch?.count === batches ? terms.batch.index : 0
  const advice = isOfBatches
    ? `name the batch that the ${terms.input} are of, as in \`${addressWord(array.path, `${array.name}[${batch}]`)}\``
    : 'it takes an entry for each row'
  throw badContent(
    arrayLabel(array),
    `shape ${shapeText(shape)}: a mask of ${has}, and the ${terms.input} have ${wanted}; ${advice}`,
  )
}

/** 1 of each entry that is seen, row-major. Throws Content where one is neither 0 nor 1. */
function seenEntries(array: StoredArray, width: number): Uint8Array {
  const count = elementCount(array.shape)
  const stored = new Uint8Array(count)
  const lowest = array.bigEndian ? width - 1 : 0
  withInputFile(
    array.path,
    (file) => {
      for (let done = 0; done < count; done += BLOCK_BYTES / width) {
        const blockCount = Math.min(count - done, BLOCK_BYTES / width)
        const bytes = file.bytes(array.offsetBytes + done * width, blockCount * width)
        for (let at = 0; at < bytes.length; at++) {
          const place = at % width
          if (bytes[at] > 1 || (bytes[at] === 1 && place !== lowest))
            throw otherValue(
              array,
              width,
              bytes.subarray(at - place, at - place + width),
              done + Math.floor(at / width),
            )
          if (place === lowest) stored[done + Math.floor(at / width)] = bytes[at]
        }
      }
    },
    array.inflatedPath ?? array.path,
  )
  return array.fortranOrder && array.shape.length === 2 ? turned(stored, array.shape) : stored
}

/** Column-major [batches, rows] as row-major. */
function turned(stored: Uint8Array, [batches, rows]: readonly number[]): Uint8Array {
  return Uint8Array.from(stored, (_, at) => stored[(at % rows) * batches + Math.floor(at / rows)])
}
