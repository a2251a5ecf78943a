import { isTypable, nameFor, pythonString } from '../files/typed-code.ts'

/** What ZIP archives are that hold no .npy member, by the name of one that each of them has. */
const ARCHIVES: readonly { readonly member: RegExp; readonly what: string }[] = [
  {
    member: /(?:^|\/)data\.pkl$/,
    what: 'a PyTorch file; save its tensor as .safetensors, or as .npy in float32, first',
  },
  { member: /^xl\//, what: 'an Excel workbook; save its numbers as .npy first' },
  { member: /^word\//, what: 'a Word document' },
  { member: /^content\.xml$/, what: 'an OpenDocument file; save its numbers as .npy first' },
  { member: /\.weights\.h5$/, what: 'a Keras model; save its numbers as .npy first' },
  {
    member: /(?:^|\/)\.z(?:array|group)$|(?:^|\/)zarr\.json$/,
    what: 'a Zarr store; save its array as .npy first',
  },
]

/** What an archive is whose members `names` are no arrays, and what to do. */
export function foreignArchive(names: readonly string[]): string {
  const known = ARCHIVES.find(({ member }) => names.some((name) => member.test(name)))
  return (
    known?.what ??
    `an archive without .npy members (it begins with ${names[0]}); save its numbers as .npy first`
  )
}

/** What SciPy saves of each sparse format beside `data`, `format` and `shape`. */
const FORMATS = [['indices', 'indptr'], ['row', 'col'], ['offsets']]

/** Float64 has all values of these types. */
const EXACT = /^(?:float(?:16|32|64)|bool .*|u?int(?:8|16|32) .*)$/

/**
 * What a .npz at `path` with arrays `names` is, where they are parts of one sparse matrix with elements of `dataType`, and
 * what to do.
 */
export function sparseArchive(
  path: string,
  names: readonly string[],
  dataType: string | undefined,
): string | undefined {
  const has = (name: string) => names.includes(name)
  if (dataType === undefined || !['format', 'shape'].every(has) || !FORMATS.some((parts) => parts.every(has)))
    return undefined
  if (has('dots') && has('meta')) return 'heavy pairs of levattention, not a matrix; verify tries them'
  const dense = `scipy.sparse.load_npz(${pythonString(path)}).astype('float64').toarray()`
  const todo =
    isTypable(path) && EXACT.test(dataType ?? '')
      ? `in Python, \`import numpy, scipy.sparse; numpy.save(${pythonString(nameFor(path, '-dense'))}, ${dense})\``
      : 'save it dense'
  return `a sparse matrix of SciPy, in parts; ${todo}`
}
