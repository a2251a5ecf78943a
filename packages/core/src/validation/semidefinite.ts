import { cholesky } from '../linalg/cholesky.ts'
import { equilibrate } from '../bounds/factor/certificate.ts'
import type { GramSum } from '../sums/gram-sum.ts'
import { unusable } from './unusable.ts'

/**
 * Throws Content where `sum` is no Gram matrix: of such a one H = D⁻¹GD⁻¹ is known to eta (certificate.ts), so that H + 4 eta I
 * has a Cholesky factor. Every factor rests on that. O(d³ / 3).
 */
export function requireSemidefinite(file: string, field: string, sum: GramSum): void {
  const { dim } = sum
  const { equilibrated, eta } = equilibrate(sum)
  for (let i = 0; i < equilibrated.length; i += dim + 1) equilibrated[i] += 4 * eta
  const result = cholesky(equilibrated, dim)
  if (result.ok) return
  throw unusable(
    file,
    field,
    'a Gram matrix, with no negative eigenvalue',
    result.pivot,
    `at pivot ${result.pivotIndex} of its Cholesky factor`,
  )
}
