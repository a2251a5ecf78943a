import { FLOAT32_ERROR } from '../attention/softmax-error.ts'

/** The largest scale |q| max|k| of a query whose outputs float32 keeps within 1e-6 max |v|: NOTES.md "Float32". */
const FLOAT32_REACH = 32

/** Rows of which float32 knows logits no better go to float64. */
export function mostAttendError(dim: number): number {
  return FLOAT32_ERROR.logit(dim, FLOAT32_REACH)
}
