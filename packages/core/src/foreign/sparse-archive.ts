import { isTypable, nameFor, pythonString } from '../files/typed-code.ts'

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
