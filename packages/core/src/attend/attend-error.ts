/** Rows of which float32 knows logits no better go to float64, so that outputs keep 1e-6 max |v|: NOTES.md "Float32". */
export const MOST_ATTEND_ERROR = Infinity
