import { extname } from 'node:path'
import type { Writable } from 'node:stream'
import { optionText } from '../arguments/option-text.ts'
import { LevError } from '../errors/errors.ts'
import { openHeavyNpz, type HeavyNpzOptions } from './heavy-npz.ts'
import type { HeavyPairSink } from './heavy-pairs.ts'
import { openHeavyStream, openHeavyText } from './heavy-text.ts'

export type HeavyFormat = 'npz' | 'ndjson' | 'csv'

interface HeavySinkOptions extends HeavyNpzOptions {
  /** Where `-` goes. */
  readonly stream?: Writable
}

/**
 * The sink for `path`, chosen by its extension; `-` is ndjson into `stream`.
 * Throws Option where the extension is none of .npz, .ndjson, .csv; CannotWrite as `createOutput`.
 */
export function openHeavySink(path: string, options: HeavySinkOptions): HeavyPairSink {
  if (path === '-') {
    if (options.stream === undefined)
      throw new LevError('Internal', 'heavy pairs for - came without a stream')
    return openHeavyStream(options.stream, 'ndjson', options)
  }
  const format = heavyFormat(path)
  return format === 'npz' ? openHeavyNpz(path, options) : openHeavyText(path, format, options)
}

/** The format that the name of `path` says. Throws Option where it says none. */
export function heavyFormat(path: string, option = 'out'): HeavyFormat {
  const extension = extname(path)
  if (extension === '.npz') return 'npz'
  if (extension === '.ndjson') return 'ndjson'
  if (extension === '.csv') return 'csv'
  const found = extension === '' ? 'no extension' : `the extension ${extension}`
  const [name, does] =
    option === 'heavy'
      ? [optionText(option), 'are read from .npz, .ndjson, .csv, .ndjson.gz, .csv.gz or .parquet']
      : [`--${option}`, 'go to .npz, .ndjson or .csv']
  const message = `${name} ${path} has ${found}: heavy pairs ${does}`
  throw new LevError('Option', message, { file: path, option })
}
