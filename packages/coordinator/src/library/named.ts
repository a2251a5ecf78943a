import { nameNonFinite } from '../inputs/name-non-finite.ts'
import type { RunContext } from '../tasks/run-context.ts'

/** What `call` finds; a NaN or infinity that it meets is named with all of its input's. */
export async function named<T>(
  context: RunContext,
  inputOf: Parameters<typeof nameNonFinite>[1],
  call: () => Promise<T>,
): Promise<T> {
  try {
    return await call()
  } catch (error) {
    throw await nameNonFinite(error, inputOf, context)
  }
}
