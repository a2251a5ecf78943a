import { basename, extname } from 'node:path'
import { openUniversalSet } from '@levattention/core'
import { LevError, readWholeFile } from '@levattention/core/internal'
import type { Coverage } from '../../coverage/coverage-facts.ts'
import { withResult } from '../../outputs/result-arrays.ts'
import { readPairs, type ReadPairs, type SaidOfPairs } from './read-pairs.ts'
import type { ReadSet } from './read-set.ts'
import { readSetNpz, setOf } from './read-set.ts'

/** What a file that a command wrote says. */
export type Result =
  | { readonly kind: 'pairs'; readonly pairs: ReadPairs }
  | { readonly kind: 'set'; readonly set: ReadSet }
  | { readonly kind: 'coverage'; readonly coverage: Coverage }

const MOST_JSON_BYTES = 2 ** 28

/** Extensions of files that may be results; a .npz may be an input, too. */
const RESULT_FILES = ['.lev', '.npz', '.json'] as const

/** Whether `path` is named as a result may be. */
export function mayBeResult(path: string): boolean {
  return RESULT_FILES.some((extension) => extension === extname(path))
}

/** The result at `path`; undefined where it is none that a report shows. Throws NotFound, Content (damaged), Option as `readPairs`. */
export function openResult(path: string, said: SaidOfPairs = {}): Result | undefined {
  const extension = extname(path)
  if (extension === '.lev') return { kind: 'set', set: setOf(path, openUniversalSet(path)) }
  if (extension === '.json') return openJson(path)
  if (extension !== '.npz') return undefined
  const kind = withResult(path, (arrays) =>
    arrays.has('data') && (arrays.has('indptr') || arrays.has('row'))
      ? 'pairs'
      : arrays.has('bounds') && arrays.has('rowIds')
        ? 'set'
        : arrays.has('mass') && arrays.has('offsets')
          ? 'mass'
          : undefined,
  )
  if (kind === 'pairs') return { kind, pairs: readPairs(path, said) }
  if (kind === 'set') return { kind, set: readSetNpz(path) }
  if (kind !== 'mass') return undefined
  const message = `${path} has the mass of each query alone: a report takes what coverage sums up, as \`--out coverage.json\` writes it`
  throw new LevError('Content', message, { file: path })
}

function openJson(path: string): Result | undefined {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder().decode(readWholeFile(path, MOST_JSON_BYTES)))
  } catch (error) {
    if (error instanceof LevError) throw error
    throw new LevError('Content', `${path} is no JSON`, { file: path })
  }
  if (!isCoverage(value)) return undefined
  return { kind: 'coverage', coverage: value }
}

/** Whether it is what `coverage --out F.json` writes, as far as a report reads it. */
function isCoverage(value: unknown): value is Coverage {
  if (typeof value !== 'object' || value === null || !('command' in value) || value.command !== 'coverage')
    return false
  const { heads } = value as Partial<Coverage>
  return (
    Array.isArray(heads) &&
    heads.length > 0 &&
    heads.every(
      ({ index, n, m, selections }) =>
        [index, n, m].every(Number.isSafeInteger) &&
        Array.isArray(selections) &&
        selections.every(({ select, histogram }) => typeof select === 'string' && Array.isArray(histogram)),
    )
  )
}

/** Query head of a file that heads were written to: head-0012.npz; undefined of others. */
export function headOfFile(path: string): number | undefined {
  const found = /^head-(\d{4,})\.\w+$/.exec(basename(path))
  return found ? Number(found[1]) : undefined
}
