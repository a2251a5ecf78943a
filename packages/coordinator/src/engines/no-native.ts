import { type FoundNative, LevError, optionText } from '@levattention/core/internal'

/** What builds them; nothing is downloaded. */
const BUILD = '`levattention build-native`'
const AUTO = `${optionText('kernels')} auto`

/** Of a run that wants native kernels and no others. */
export function noNativeKernels(found: Exclude<FoundNative, { state: 'built' }>): LevError {
  const why = found.state === 'absent' ? 'they are not built here' : found.reason
  const remedy = (found.state === 'unusable' && found.remedy) || `${BUILD} builds them`
  const message = `kernels native: ${why}; ${remedy}, or take ${AUTO}`
  return new LevError('Option', message, { option: 'kernels' })
}

/** Of a run that goes on with WebAssembly. */
export function otherThanNative({ reason, remedy }: Extract<FoundNative, { state: 'unusable' }>): string {
  const told = `the native kernels cannot be used (${reason}): WebAssembly runs instead, to the same bytes`
  return remedy === undefined ? `${told}. ${BUILD} builds them anew` : `${told}; ${remedy}`
}
