// Every function that wasm-layers.ts may call. Pointers are byte offsets, counts are elements, arrays are float32 and row-major.
export { product_scratch, multiply } from './multiply'
export { layer_norm, layer_norm_gradient } from './layer-norm'
export { gelu, gelu_gradient } from './gelu'
export { add, add_row, set_rows, add_column_sums, sum_of_squares } from './rows'
export { adam } from './adam'
