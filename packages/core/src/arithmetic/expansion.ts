import { sumError } from './error-free.ts'

/** Adds `value` to the expansion `parts` (ascending size, nonoverlapping), exactly (Shewchuk 1997, grow-expansion). */
export function growExpansion(parts: number[], value: number): void {
  let carry = value
  let count = 0
  for (const part of parts) {
    const sum = carry + part
    const error = sumError(carry, part, sum)
    if (error !== 0) parts[count++] = error
    carry = sum
  }
  parts.length = count
  if (carry !== 0) parts.push(carry)
}

/** The float64 nearest to the sum of `parts`: from the largest part down, with ties broken by what is left. */
export function roundExpansion(parts: readonly number[]): number {
  let at = parts.length - 1
  if (at < 0) return 0
  let sum = parts[at]
  let error = 0
  while (at > 0 && error === 0) {
    const part = parts[--at]
    const next = sum + part
    error = part - (next - sum)
    sum = next
  }
  const tie = at > 0 && ((error < 0 && parts[at - 1] < 0) || (error > 0 && parts[at - 1] > 0))
  if (!tie) return sum
  const doubled = 2 * error
  const next = sum + doubled
  return doubled === next - sum ? next : sum
}
