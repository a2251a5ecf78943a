import { type FoundNative, LevError } from '@levattention/core/internal'

/** What builds them; nothing is downloaded. */
const BUILD = '`levattention build-native`'

/** Of a run that wants native kernels and no others. */
export function noNativeKernels(found: Exclude<FoundNative, { state: 'built' }>): LevError {
  const why = found.state === 'absent' ? 'they are not built here' : found.reason
  const message = `kernels native: ${why}; ${BUILD} builds them, or take kernels auto`
  return new LevError('Option', message, { option: 'kernels' })
}

/** Of a run that goes on with WebAssembly. */
export function otherThanNative(reason: string): string {
  return `the native kernels cannot be used (${reason}): WebAssembly runs instead, to the same bytes. ${BUILD} builds them anew`
}
