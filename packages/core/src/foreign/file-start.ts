/** The beginning of a file or stream, as far as it has been read. */
export interface FileStart {
  /** At most START_BYTES, fewer only where there are no more. */
  readonly bytes: Uint8Array
  /** Length of the whole; undefined for a stream that has not ended. */
  readonly byteLength?: number | undefined
  /** Its last byte, where it is at hand. */
  readonly lastByte?: number | undefined
}

/** What bytes that are no matrix of ours are by their look. */
export interface Look {
  /** With its article: `a Parquet file`. */
  readonly what: string
  /** True where no part of it can be raw numbers: text, compressed, encoded. Otherwise numbers may lie at some offset. */
  readonly opaque: boolean
  /** What to do, where that can be said of the look alone. */
  readonly advice?: string
  /** What can be opened, or be converted by a line that is typed; `names`: a line that may name the columns of a table without rows. */
  readonly holds?:
    'safetensors' | 'npy.gz' | 'table' | 'table.gz' | 'names' | 'names.gz' | 'text' | 'text.gz' | 'json'
}

/** Enough for every signature, and for some rows of text. */
export const START_BYTES = 2 ** 16
