import type { Look } from './file-start.ts'

interface Signature {
  /** Latin-1. */
  readonly bytes: string
  readonly what: string
  readonly opaque?: boolean
  readonly advice?: string
  /** Where the signature may stand; default: at the beginning. */
  readonly offsets?: readonly number[]
}

/** What a .npy is called. */
export const NPY = 'a .npy by its first bytes'

/** What R's save and saveRDS write. */
export const R_DATA = 'an R data file'

export const DECOMPRESS = 'decompress it first'
const EXPORT = 'save its numbers as .npy first'

/** Of at least four bytes each: shorter ones occur in raw numbers. */
const SIGNATURES: readonly Signature[] = [
  { bytes: '\x93NUMPY', what: NPY, advice: 'its header says its type and shape: leave them out' },
  {
    bytes: '\xc2\x93NUMPY',
    what: 'a .npy that was re-encoded as UTF-8 text on its way',
    opaque: true,
    advice: 'copy it again, as binary',
  },
  {
    bytes: '\xef\xbf\xbdNUMPY',
    what: 'a .npy that was re-encoded as text on its way',
    opaque: true,
    advice: 'copy it again, as binary',
  },
  {
    bytes: '\x89LEV\r\n\x1a\n',
    what: 'a .lev of levattention, not a matrix',
    opaque: true,
    advice: 'query searches it, inspect shows what is in it',
  },
  // A superblock may follow a user block of 512 bytes, or a power of two times that. MATLAB writes 512.
  {
    bytes: '\x89HDF\r\n\x1a\n',
    what: 'an HDF5 file',
    advice: EXPORT,
    offsets: [0, 512, 1024, 2048, 4096, 8192, 16384, 32768],
  },
  { bytes: 'MATLAB ', what: 'a MATLAB file', advice: EXPORT },
  { bytes: 'PAR1', what: 'a Parquet file', opaque: true, advice: EXPORT },
  { bytes: 'PARE', what: 'an encrypted Parquet file', opaque: true, advice: EXPORT },
  { bytes: 'ARROW1', what: 'an Arrow (Feather) file', advice: EXPORT },
  { bytes: 'FEA1', what: 'a Feather file', advice: EXPORT },
  { bytes: 'Obj\x01', what: 'an Avro file', opaque: true, advice: EXPORT },
  { bytes: 'GGUF', what: 'a GGUF model', advice: EXPORT },
  { bytes: 'SQLite format 3\0', what: 'an SQLite database', opaque: true, advice: EXPORT },
  { bytes: 'CDF\x01', what: 'a NetCDF file', advice: EXPORT },
  { bytes: 'CDF\x02', what: 'a NetCDF file', advice: EXPORT },
  { bytes: 'CDF\x05', what: 'a NetCDF file', advice: EXPORT },
  { bytes: 'SIMPLE  =', what: 'a FITS file', advice: EXPORT },
  { bytes: '$FL2@(#)', what: 'an SPSS file', opaque: true, advice: EXPORT },
  { bytes: '<stata_dta>', what: 'a Stata file', opaque: true, advice: EXPORT },
  {
    bytes: 'RDX2\n',
    what: R_DATA,
    opaque: true,
    advice: 'in R, write.csv(K, "K.csv", row.names = FALSE) writes what is read',
  },
  {
    bytes: 'RDX3\n',
    what: R_DATA,
    opaque: true,
    advice: 'in R, write.csv(K, "K.csv", row.names = FALSE) writes what is read',
  },
  {
    bytes: 'X\n\0\0\0\x02',
    what: R_DATA,
    opaque: true,
    advice: 'in R, write.csv(K, "K.csv", row.names = FALSE) writes what is read',
  },
  {
    bytes: 'X\n\0\0\0\x03',
    what: R_DATA,
    opaque: true,
    advice: 'in R, write.csv(K, "K.csv", row.names = FALSE) writes what is read',
  },
  { bytes: '\xfd7zXZ\0', what: 'compressed by xz', opaque: true, advice: DECOMPRESS },
  { bytes: '\x28\xb5\x2f\xfd', what: 'compressed by zstd', opaque: true, advice: DECOMPRESS },
  { bytes: '\x04\x22\x4d\x18', what: 'compressed by lz4', opaque: true, advice: DECOMPRESS },
  ...[1, 2, 3, 4, 5, 6, 7, 8, 9].map((level) => ({
    bytes: `BZh${level}1AY&SY`,
    what: 'compressed by bzip2',
    opaque: true,
    advice: DECOMPRESS,
  })),
  { bytes: 'BZh9', what: 'compressed by bzip2', opaque: true, advice: DECOMPRESS },
  { bytes: '7z\xbc\xaf\x27\x1c', what: 'a 7-Zip archive', opaque: true, advice: 'unpack it first' },
  { bytes: 'Rar!\x1a\x07', what: 'a RAR archive', opaque: true, advice: 'unpack it first' },
  { bytes: 'PK\x03\x04', what: 'a ZIP archive', advice: 'unpack it first' },
  { bytes: 'PK\x05\x06', what: 'a ZIP archive', advice: 'unpack it first' },
  { bytes: '\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1', what: 'an old Office file', opaque: true, advice: EXPORT },
  {
    bytes: '\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19',
    what: 'a PyTorch file',
    advice: 'save its tensor as .safetensors, or as .npy in float32, first',
  },
  { bytes: 'n+1\0', what: 'a NIfTI image', advice: EXPORT, offsets: [344] },
  { bytes: 'DICM', what: 'a DICOM file', advice: EXPORT, offsets: [128] },
  { bytes: '\xc2\xea\x81\x60\xb3\x14\x11\xcf', what: 'a SAS file', advice: EXPORT, offsets: [12] },
  { bytes: 'NRRD000', what: 'an NRRD file', advice: EXPORT },
  ...['IxF2', 'IxFI', 'IxFl', 'IwFl', 'IHNf', 'IxPq', 'IwPQ', 'IxSQ', 'IwSq'].map((bytes) => ({
    bytes,
    what: 'a FAISS index',
    advice: 'save its vectors as .npy first',
  })),
  ...['lmgg', 'tjgg', 'fmgg', 'lagg'].map((bytes) => ({ bytes, what: 'a GGML model', advice: EXPORT })),
  { bytes: 'RIFF', what: 'a RIFF file (WAV or the like)', advice: EXPORT },
  { bytes: 'II*\0', what: 'a TIFF picture', advice: EXPORT },
  { bytes: 'MM\0*', what: 'a TIFF picture', advice: EXPORT },
  { bytes: '\x0e\x03\x13\x01', what: 'an HDF4 file', advice: EXPORT },
  { bytes: 'root\0', what: 'a ROOT file', opaque: true, advice: EXPORT },
  { bytes: 'MSCF', what: 'a CAB archive', opaque: true, advice: 'unpack it first' },
  { bytes: 'PACK\0\0\0', what: 'a pack of Git', opaque: true },
  { bytes: '\x50\x2a\x4d\x18', what: 'compressed by zstd', opaque: true, advice: DECOMPRESS },
  { bytes: '%PDF-', what: 'a PDF', opaque: true },
  { bytes: '\x89PNG\r\n\x1a\n', what: 'a PNG picture', opaque: true },
  { bytes: 'GIF87a', what: 'a GIF picture', opaque: true },
  { bytes: 'GIF89a', what: 'a GIF picture', opaque: true },
  { bytes: '\xff\xd8\xff\xe0', what: 'a JPEG picture', opaque: true },
  { bytes: '\xff\xd8\xff\xe1', what: 'a JPEG picture', opaque: true },
  { bytes: '\x7fELF', what: 'a program', opaque: true },
]

/** Too short to tell them from raw numbers. */
const SHORT_SIGNATURES: readonly Signature[] = [
  { bytes: '\x1f\x8b', what: 'compressed by gzip', advice: DECOMPRESS },
  { bytes: 'ORC', what: 'an ORC file', advice: EXPORT },
  { bytes: '\xff\xd8\xff', what: 'a JPEG picture' },
]

/** By the first bytes alone. */
export function signatureLook(bytes: Uint8Array, isShort = false): Look | undefined {
  const found = (isShort ? SHORT_SIGNATURES : SIGNATURES).find(({ bytes: wanted, offsets = [0] }) =>
    offsets.some((offset) => latin1(bytes, offset, wanted.length) === wanted),
  )
  if (found === undefined) return undefined
  const { what, opaque = false, advice } = found
  return { what, opaque, ...(advice === undefined ? {} : { advice }) }
}

/** `length` bytes from `offset` as text of one character a byte. */
export function latin1(bytes: Uint8Array, offset: number, length: number): string {
  return Buffer.from(bytes.subarray(offset, offset + length)).toString('latin1')
}
