import type { Format } from './format.ts'
import { npyFormat } from './npy.ts'
import { npzFormat } from './npz.ts'
import { parquetFormat } from './parquet.ts'
import { safetensorsFormat } from './safetensors.ts'
import { tableFormat } from './table.ts'
import { vectorsFormat } from './vectors.ts'

/** Every format that says itself what it holds, in the order in which a file is tried. Raw numbers say nothing: the options do. */
export const FORMATS: readonly Format[] = [
  npyFormat,
  npzFormat,
  safetensorsFormat,
  parquetFormat,
  vectorsFormat,
  tableFormat,
]
