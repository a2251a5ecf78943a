import {
  counted,
  LevError,
  type MatrixSource,
  type UniversalSet,
  optionText,
  matrixName,
  matrixPlace,
} from '@levattention/core/internal'

/** Throws Option where `epsilon` is below the one that the set was made for. */
export function requireCovers(universal: UniversalSet, epsilon: number): void {
  if (epsilon >= universal.epsilon) return
  throw new LevError(
    'Option',
    `epsilon is ${epsilon}, but this universal set covers only epsilon >= ${universal.epsilon}; build it again with ${optionText('epsilon', epsilon)}`,
    { option: 'epsilon' },
  )
}

/** Throws Option where the set is causal: a session answers for queries that see all keys, and reads none. */
export function requireWhole({ prefixes }: UniversalSet): void {
  if (prefixes === undefined) return
  const message =
    'this universal set is causal: heavyAttentions with keys searches it, a session serves queries that see all keys'
  throw new LevError('Option', message)
}

/** Throws Content where queries or keys do not fit the universal set. */
export function requireShapes(universal: UniversalSet, queries: MatrixSource, keys?: MatrixSource): void {
  if (queries.cols !== universal.dim) {
    throw new LevError(
      'Content',
      `${matrixName(queries)} (queries) has ${counted(queries.cols, 'column')}, the keys ${universal.dim}; both need the same d`,
      { ...matrixPlace(queries), input: 'queries' },
    )
  }
  if (keys && (keys.cols !== universal.dim || keys.rows !== universal.rowCount)) {
    throw new LevError(
      'Content',
      `${matrixName(keys)} (keys) is [${keys.rows}, ${keys.cols}], but this universal set was built from [${universal.rowCount}, ${universal.dim}]`,
      { ...matrixPlace(keys), input: 'keys' },
    )
  }
}
