import { keysOf, queriesOf, universalOf } from './support.ts'

export const DIM = 4
export const EPSILON = 0.05
export const keys = keysOf(300, DIM)
export const queries = queriesOf(2500, DIM) // three parts
export const universal = await universalOf(keys, EPSILON)
