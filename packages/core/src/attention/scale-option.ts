import { shown } from '../arguments/kind-of.ts'
import { optionText } from '../arguments/option-text.ts'
import { LevError } from '../errors/errors.ts'

/** What the options of any command or call say of softmax weights. */
export interface ScaleOptions {
  /** z = scale <q, k>, above 0; default 1/sqrt(d). */
  readonly scale?: number | undefined
}

/** The scale of an option; 1/sqrt(d) by default. Throws Option unless it is a finite number above 0. */
export function softmaxScaleOf({ scale }: ScaleOptions, dim: number): number {
  if (scale === undefined) return 1 / Math.sqrt(dim)
  if (typeof scale === 'number' && scale > 0 && scale < Infinity) return scale
  const message =
    `${optionText('scale')} is ${shown(scale)}; it must be above 0: by default 1/sqrt(d), here ${1 / Math.sqrt(dim)}, or ` +
    `${optionText('scale', 1)} where the queries were scaled before`
  throw new LevError('Option', message, { option: 'scale' })
}
