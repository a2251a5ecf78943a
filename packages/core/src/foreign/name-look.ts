import { extname } from 'node:path'
import type { Look } from './file-start.ts'

const EXPORT = 'save its numbers as .npy first'

/** What files are by their names. */
const NAMES: Readonly<Record<string, string>> = {
  '.7z': 'a 7-Zip archive',
  '.arrow': 'an Arrow file',
  '.avro': 'an Avro file',
  '.bvecs': 'vectors with their length in front',
  '.bz2': 'compressed by bzip2',
  '.ckpt': 'a PyTorch file',
  '.csv': 'comma-separated text',
  '.dta': 'a Stata file',
  '.feather': 'a Feather file',
  '.fits': 'a FITS file',
  '.fvecs': 'vectors with their length in front',
  '.gguf': 'a GGUF model',
  '.gz': 'compressed by gzip',
  '.h5': 'an HDF5 file',
  '.hdf5': 'an HDF5 file',
  '.html': 'an HTML page',
  '.ivecs': 'vectors with their length in front',
  '.joblib': 'a Python pickle',
  '.json': 'JSON text',
  '.lz4': 'compressed by lz4',
  '.mat': 'a MATLAB file',
  '.mtx': 'a Matrix Market file',
  '.nc': 'a NetCDF file',
  '.onnx': 'an ONNX model',
  '.orc': 'an ORC file',
  '.parquet': 'a Parquet file',
  '.pickle': 'a Python pickle',
  '.pkl': 'a Python pickle',
  '.pt': 'a PyTorch file',
  '.pth': 'a PyTorch file',
  '.rda': 'an R data file',
  '.rdata': 'an R data file',
  '.rds': 'an R data file',
  '.sav': 'an SPSS file',
  '.tar': 'a tar archive',
  '.tfrecord': 'a TensorFlow record file',
  '.tsv': 'tab-separated text',
  '.txt': 'text',
  '.xls': 'an Excel workbook',
  '.xlsx': 'an Excel workbook',
  '.xml': 'XML text',
  '.xz': 'compressed by xz',
  '.zip': 'a ZIP archive',
  '.zst': 'compressed by zstd',
}

const BY_NAME = ' by its name'

/** True of a look that the name alone gave. */
export function isByName({ what }: Look): boolean {
  return what.endsWith(BY_NAME)
}

/** By the extension. */
export function nameLook(path: string): Look | undefined {
  const extension = extname(path).toLowerCase()
  if (!Object.hasOwn(NAMES, extension)) return undefined
  return { what: `${NAMES[extension]}${BY_NAME}`, opaque: false, advice: EXPORT }
}
