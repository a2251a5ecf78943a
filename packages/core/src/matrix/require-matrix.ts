import { kindOf } from '../arguments/kind-of.ts'
import { LevError } from '../errors/errors.ts'
import type { MatrixSource, SourceSpec } from './matrix-source.ts'

/**
 * Throws ShapeMismatch where `value`, the argument `name`, is no MatrixSource of this version: an array
 * alone does not say its shape, nor a path how it is opened.
 */
export function requireMatrix(name: string, value: unknown): asserts value is MatrixSource {
  if (isMatrix(value)) return
  throw new LevError('ShapeMismatch', `${name} is ${adviceFor(value)}; both are from @levattention/core`)
}

function adviceFor(value: unknown): string {
  if (typeof value === 'string') return `a string; open the file: openMatrix('${value}')`
  if (isRecord(value) && 'headCount' in value) return 'the heads of an array; open one of them: heads.open(0)'
  const found =
    isRecord(value) && 'readRows' in value && 'spec' in value
      ? 'a matrix of another version of @levattention/core'
      : kindOf(value)
  return `${found}; wrap numbers as matrix(data, { rows, cols }), or open a file with openMatrix(path)`
}

/** What workers and passes rely on. */
function isMatrix(value: unknown): boolean {
  if (!isRecord(value) || typeof value.readRows !== 'function' || !isRecord(value.spec)) return false
  const { rows, cols, element, spec } = value
  if (!isCount(rows) || !isCount(cols) || cols === 0 || (element !== 'f32' && element !== 'f64')) return false
  const own = (spec as unknown as SourceSpec).cols
  const { design } = spec as unknown as SourceSpec
  const wanted = design?.columns?.length ?? own + (design?.intercept ? 1 : 0)
  if (spec.rows !== rows || cols !== wanted) return false
  if (spec.kind === 'files') return Array.isArray(spec.parts)
  const { kind, data } = spec
  const isHeld =
    element === 'f64' && design === undefined
      ? data instanceof Float64Array
      : data instanceof Float32Array || data instanceof Float64Array
  return kind === 'memory' && isHeld && (data as Float32Array).length === rows * own
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
