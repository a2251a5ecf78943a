import { optionText } from '../arguments/option-text.ts'
import { badContent } from '../files/refusal.ts'
import { isTypable } from '../files/typed-code.ts'
import { arrayLabel, elementCount, shapeText, type StoredArray } from '../formats/stored-array.ts'
import { newRows } from '../matrix/matrix-source.ts'
import { loadingCode, saving } from './element-advice.ts'
import { requireFloatArray } from './matrix-part.ts'
import { matrixAt } from './open-matrix.ts'

/** What a mask is for, as far as messages tell it. */
interface MaskedRows {
  readonly rows: number
  readonly input: string
}

export const MEANING = 'a mask is bool, or whole numbers 0 and 1, where True (1) is seen'
/** Larger arrays are not read to see what their numbers mean. */
const MOST_ELEMENTS = 2 ** 25
const BLOCK = 2 ** 16
/** What is added to a score to hide a key: -10000, -1e9, the type's lowest number or -infinity. */
const HIDING = -1e4

/** The Content error for a mask of floats or of another type. */
export function otherType(array: StoredArray, { rows, input }: MaskedRows): Error {
  const found = `elements of type ${array.dtypeName}; ${MEANING}`
  const values = array.dtype === undefined ? undefined : meaningOf(array)
  if (values === undefined)
    return badContent(
      arrayLabel(array),
      `${found}. Save of each of the ${rows} rows of the ${input} whether it is seen`,
    )
  const added = values === 'added' ? 'It looks like what is added to scores, where 0 is seen: ' : ''
  const code = loaded(array)
  const seen = `${code} == ${values === 'added' ? 0 : 1}`
  return badContent(arrayLabel(array), `${found}. ${added}${line(array, 'seen', reduced(array, seen))}`)
}

/** The Content error for a mask of queries and keys together, or of no axis. */
export function otherShape(array: StoredArray, { rows, input }: MaskedRows): Error {
  const found = `shape ${shapeText(array.shape)}: a mask has an entry for each of the ${rows} rows of the ${input}, [${rows}] or [batches, ${rows}]`
  if (array.shape.length === 0) return badContent(arrayLabel(array), found)
  const code = loaded(array)
  const advice =
    code === undefined
      ? 'Save which keys any query sees'
      : line(array, 'seen', reduced(array, `${code} != 0`))
  const causal = `A key is seen where any query sees it, and what is causal is said by ${optionText('causal')}`
  return badContent(arrayLabel(array), `${found}. ${causal}: ${advice}`)
}

/** The Content error for an entry that is neither 0 nor 1: `bytes`, at place `flat` in the file. */
export function otherValue(array: StoredArray, width: number, bytes: Uint8Array, flat: number): Error {
  const little = array.bigEndian ? bytes.toReversed() : bytes
  const isSigned = /^int|^safetensors I/.test(array.dtypeName)
  const bits = little.reduceRight((value, byte) => value * 256n + BigInt(byte), 0n)
  const value = isSigned ? BigInt.asIntN(8 * width, bits) : bits
  const found = `entry ${entryText(array, flat)} is ${value}; ${MEANING}`
  const code = loaded(array)
  const advice = code === undefined ? '' : `. If all but 0 is seen, ${line(array, 'seen', `${code} != 0`)}`
  return badContent(arrayLabel(array), `${found}${advice}`)
}

/** The Content error for [rows, batches]. */
export function transposed(array: StoredArray, { rows, input }: MaskedRows): Error {
  const found = `shape ${shapeText(array.shape)}: the ${input} have ${rows} rows, and a mask is [batches, rows]`
  const code = loaded(array)
  return badContent(
    arrayLabel(array),
    `${found}${code === undefined ? '' : `; ${line(array, 'turned', `${code}.T`)}`}`,
  )
}

/** The line that turns a mask round whose True is hidden; undefined where none can be typed. */
export function reversed(array: StoredArray): string | undefined {
  const code = loaded(array)
  return code === undefined ? undefined : line(array, 'seen', `${code} == 0`)
}

/** `seen` [batches, ..., rows] as [batches, rows]: seen where it is anywhere on the axes between. */
function reduced({ shape }: StoredArray, seen: string): string {
  const between = Array.from({ length: Math.max(0, shape.length - 2) }, (_, i) => i + 1)
  if (between.length === 0) return seen
  return `(${seen}).any(axis=${between.length === 1 ? 1 : `(${between.join(', ')})`})`
}

function line(array: StoredArray, addition: string, values: string): string {
  return saving(array, addition, values)
}

/** Undefined where the array's name cannot be typed, or NumPy does not read it: floats of .safetensors. */
function loaded(array: StoredArray): string | undefined {
  const { path, name, dtypeName, member, inflatedPath } = array
  const isTensor = name !== '' && member === undefined && inflatedPath === undefined
  if (!isTypable(path + name) || (isTensor && !dtypeName.startsWith('safetensors '))) return undefined
  return loadingCode(array)
}

function entryText({ shape, fortranOrder }: StoredArray, flat: number): string {
  const [batches, rows] = shape
  if (shape.length < 2) return `[${flat}]`
  return fortranOrder
    ? `[${flat % batches}, ${Math.floor(flat / batches)}]`
    : `[${Math.floor(flat / rows)}, ${flat % rows}]`
}

/** Whether floats are 0 and 1, or added to scores; undefined where their values do not say it. */
function meaningOf(array: StoredArray): 'flags' | 'added' | undefined {
  const count = elementCount(array.shape)
  if (count > MOST_ELEMENTS || array.deflated || loaded(array) === undefined) return undefined
  const flat = { ...requireFloatArray(array), shape: [count, 1], fortranOrder: false }
  const source = matrixAt(flat, { index: [':', ':'], rowAxis: 0, columnAxis: 1 })
  const block = newRows(source.element, BLOCK)
  let [ones, hidings] = [0, 0]
  for (let start = 0; start < count; start += BLOCK) {
    const end = Math.min(count, start + BLOCK)
    source.readRows(start, end, block)
    for (const value of block.subarray(0, end - start)) {
      if (value === 1) ones++
      else if (value <= HIDING) hidings++
      else if (value !== 0) return undefined
    }
  }
  source.close()
  if (ones > 0 === hidings > 0) return undefined
  return ones > 0 ? 'flags' : 'added'
}
