import { hasExactFields } from './integer-range.ts'
import { recordTypes } from './record-types.ts'
import { elementCount, type StoredArray } from '../formats/stored-array.ts'
import { isTypable, nameFor, pythonString } from '../files/typed-code.ts'

/**
 * How the numbers of `array`, whose type is not read, come into a .npy that is: a line of Python that gives all of them, or
 * words where none does without a look at the values.
 */
export function elementAdvice(array: StoredArray): string | undefined {
  const { dtypeName } = array
  const code = isTypable(array.path + array.name) ? conversion(array) : undefined
  if (code !== undefined) return code
  if (/^(?:byte )?string/.test(dtypeName)) return 'save the numbers that the text shows as float64'
  if (dtypeName.startsWith('timedelta')) return 'save the times, in a unit of yours, as float64'
  if (dtypeName.startsWith('datetime'))
    return 'dates are no numbers: save the time since one of them, in a unit of yours, as float64'
  if (/^(?:float8 |void \('[<>=|]?V1'\))/.test(dtypeName)) return EIGHT_BITS
  // NumPy's two bytes without a type are bfloat16 as a rule, which is said where that is to be typed.
  if (/^void \('[<>=|]?V2'\)$/.test(dtypeName)) return undefined
  if (dtypeName.startsWith('Python object')) return objectAdvice(array)
  if (/^(?:structured|void|complex|float)/.test(dtypeName)) return 'save its numbers as float64'
  if (dtypeName.startsWith('safetensors C')) return 'save its parts as float64'
  return dtypeName.startsWith('safetensors') ? EIGHT_BITS : undefined
}

/** NumPy has no floats of 8 bits and fewer, and to most of them a scale beside belongs. */
const EIGHT_BITS =
  'NumPy does not know them: convert them, with their scales where they have some, to float32 in the program that made them'

/** What was saved as objects runs code where it is loaded: so it is saved otherwise by who made it, None as NaN. */
function objectAdvice({ path, name }: StoredArray): string {
  const saved = 'save its numbers as float64'
  if (!isTypable(path + name)) return saved
  const member = name === '' ? '' : `-${name.replaceAll(/[^\w.-]+/g, '-')}`
  const target = pythonString(nameFor(path, `${member}-float64`))
  return `${saved}, booleans too, where the array K was made: \`numpy.save(${target}, K.astype(float))\``
}

/** A line of Python for NumPy alone; undefined where it would lose digits, or fail. */
function conversion(array: StoredArray): string | undefined {
  const { dtypeName, shape } = array
  if (shape.length === 0 || elementCount(shape) === 0) return undefined
  const loaded = loadingCode(array)
  if (/^complex(?:64|128) /.test(dtypeName)) {
    const columns = `numpy.concatenate([${loaded}.real, ${loaded}.imag], axis=-1)`
    return shape.length < 2
      ? undefined
      : `${saving(array, 'columns', columns)} (real parts, then imaginary ones)`
  }
  const fields = recordTypes(array)
  const itemBytes = fields?.reduce((sum, { bytes }) => sum + bytes, 0) ?? 0
  // NumPy refuses to read longer headers.
  const isLong = (array.recordDescr?.length ?? 0) > 9000
  if (shape.length !== 1 || isLong || fields === undefined || !hasExactFields(array, fields, itemBytes))
    return undefined
  const unstructured = `structured_to_unstructured(${loaded}, dtype='float64')`
  return saving(
    array,
    'float64',
    unstructured,
    '; from numpy.lib.recfunctions import structured_to_unstructured',
  )
}

/** How a vector of floats becomes a matrix: of one column, or of one row. */
export function columnAdvice(array: StoredArray): string {
  const { path, name, member, inflatedPath } = array
  const isNumpys =
    name === '' ||
    member !== undefined ||
    inflatedPath !== undefined ||
    /^safetensors [BIU]/.test(array.dtypeName)
  if (!isNumpys || !isTypable(path + name)) return 'save the vector as one column, or as one row'
  const loaded = loadingCode(array)
  return `as one column, ${saving(array, 'column', `${loaded}.reshape(-1, 1)`)}; as one row, ${saving(array, 'row', `${loaded}.reshape(1, -1)`)}`
}

/** A line of Python that saves `values` beside the file of `array`. */
export function saving(
  { path, name }: Pick<StoredArray, 'path' | 'name'>,
  addition: string,
  values: string,
  imports = '',
): string {
  const member = name === '' ? '' : `-${name.replaceAll(/[^\w.-]+/g, '-')}`
  const target = pythonString(nameFor(path, `${member}-${addition}`))
  return `in Python: \`import numpy${imports}; numpy.save(${target}, ${values})\``
}

/** NumPy's names of what .safetensors calls the types that it and NumPy share. */
const SAFETENSORS_TYPES: Readonly<Record<string, string>> = {
  BOOL: '?',
  I8: 'i1',
  U8: 'u1',
  I16: '<i2',
  U16: '<u2',
  I32: '<i4',
  U32: '<u4',
  I64: '<i8',
  U64: '<u8',
}

/** The Python that loads `array` as NumPy sees it; of a .safetensors by its place, which needs no other package. */
export function loadingCode(
  array: Pick<StoredArray, 'path' | 'name' | 'dtypeName'> &
    Partial<Pick<StoredArray, 'shape' | 'offsetBytes'>>,
): string {
  const { path, name, dtypeName, shape = [], offsetBytes = 0 } = array
  const type = SAFETENSORS_TYPES[dtypeName.replace(/^safetensors /, '')]
  if (type === undefined || !dtypeName.startsWith('safetensors'))
    return `numpy.load(${pythonString(path)})${name === '' ? '' : `[${pythonString(name)}]`}`
  const place = `'${type}', ${elementCount(shape)}, offset=${offsetBytes}`
  return `numpy.fromfile(${pythonString(path)}, ${place}).reshape(${shape.join(', ')})`
}
