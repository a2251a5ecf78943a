// Every function that wasm.ts may call. Pointers are byte offsets, counts are elements; `scratch` is a region
// of at least as many bytes as the kernel's own *_scratch says (float64, so that no size can wrap around).
export { gram_scratch, gram_f32, gram_f64 } from './gram'
export { multiply_scratch, multiply_pack, multiply_f32, multiply_f64 } from './multiply'
export { leverage_scratch, leverage_pack, leverage_f32, leverage_f64 } from './leverage'
export { weighted_norms_f32, weighted_norms_f64 } from './weighted-norms'
export { filter_scratch, filter_pack_queries, filter_dots } from './filter-dots'
export { split_scratch, split_pack_queries, split_dots_f32, split_dots_f64 } from './split-dots'
export { row_norms_f32, row_norms_f64, at_least_f32, at_least_f64, row_maxima_f32, row_maxima_f64 } from './row-norms'
export { scale_rows_f32, scale_rows_f64, scale_rows_to_f32, row_dots, move_sum } from './row-norms'
export { powers_of_two, certify_queries, filter_factors, score_pairs } from './queries'
export { softmax_scratch, softmax_pairs, softmax_values } from './softmax'
export { gradient_scratch, softmax_gradient } from './softmax-gradient'
export { cholesky, solve_cholesky, equilibrate, symmetric_eigenvalues } from './dense'
