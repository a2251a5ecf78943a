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
const FORMATS = [['indices', 'indptr'], ['row', 'col'], ['offsets'], ['coords']]

/** What a .npz at `path` is whose arrays, of the shapes that `shapeOf` tells, are parts of one sparse matrix, and what to do. */
export function sparseArchive(
  path: string,
  names: readonly string[],
  shapeOf: (name: string) => readonly number[],
): string | undefined {
  const has = (name: string) => names.includes(name)
  if (!['data', 'format', 'shape'].every(has) || !FORMATS.some((parts) => parts.every(has))) return undefined
  if (has('dots') && has('meta')) return 'heavy pairs of levattention, not a matrix; verify tries them'
  const [axisCount = 0] = shapeOf('shape')
  const what = axisCount === 2 ? 'matrix' : `array of ${axisCount === 1 ? 'one axis' : `${axisCount} axes`}`
  return `a sparse ${what} of SciPy, in parts; ${sparseAdvice(path, axisCount)}`
}

/** How what SciPy saved at `path`, of so many axes and of another format than is read, comes into one that is. */
export function sparseAdvice(path: string, axisCount: number): string {
  if (axisCount > 2) {
    const dense = `scipy.sparse.load_npz(${pythonString(path)}).toarray()`
    return isTypable(path)
      ? `in Python, \`import numpy, scipy.sparse; numpy.save(${pythonString(nameFor(path, '-dense'))}, ${dense})\` writes the matrices that it holds`
      : 'save it dense'
  }
  const line = (addition: string, turned: string) => {
    const name = pythonString(nameFor(path, addition, '.npz'))
    return `\`import scipy.sparse as s; s.save_npz(${name}, s.load_npz(${pythonString(path)})${turned}.tocsr())\``
  }
  if (!isTypable(path)) return 'save it behind .tocsr()'
  if (axisCount === 2) return `in Python, ${line('-csr', '')}`
  return `as one column, in Python: ${line('-column', '.reshape((-1, 1))')}; as one row: ${line('-row', '.reshape((1, -1))')}`
}
