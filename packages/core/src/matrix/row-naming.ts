import type { MatrixSource } from './matrix-source.ts'

/** The names of the rows of a table, in their order, a batch at a time: of the column `id`, or of the one it was opened with. */
export type RowNaming = (
  id: string | undefined,
  signal: AbortSignal | undefined,
) => AsyncGenerator<readonly string[], void, void> | undefined

const known = new WeakMap<MatrixSource, RowNaming>()

/** `source`, of a table whose rows `naming` names. */
export function withRowNaming<Source extends MatrixSource>(source: Source, naming: RowNaming): Source {
  known.set(source, naming)
  return source
}

/** Undefined where `source` was opened from no table. */
export function rowNamingOf(source: MatrixSource): RowNaming | undefined {
  return known.get(source)
}

/** The file of a table, and whether a column of it, as it stands behind '#', is one of the matrix though nobody asked for it. */
export interface HeldColumns {
  readonly path: string
  readonly holdsUnasked: (column: string) => Promise<boolean>
}

const held = new WeakMap<MatrixSource, HeldColumns>()

/** `source`, of a table with these columns. */
export function withHeldColumns<Source extends MatrixSource>(source: Source, columns: HeldColumns): Source {
  held.set(source, columns)
  return source
}

/** Undefined where `source` was opened from no table. */
export function heldColumnsOf(source: MatrixSource): HeldColumns | undefined {
  return held.get(source)
}

/** That of the rows of `sources` one behind the other; undefined where some are of no table. */
export function joinedNaming(sources: readonly MatrixSource[]): RowNaming | undefined {
  const each = sources.flatMap((source) => known.get(source) ?? [])
  if (each.length < sources.length) return undefined
  return (id, signal) => {
    const names = each.flatMap((naming) => naming(id, signal) ?? [])
    return names.length < each.length ? undefined : oneByOne(names)
  }
}

async function* oneByOne(
  names: readonly AsyncGenerator<readonly string[], void, void>[],
): AsyncGenerator<readonly string[], void, void> {
  for (const one of names) yield* one
}
