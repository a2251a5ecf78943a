import { extname } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { UniversalSet } from '@levattention/core'
import {
  FLAG,
  LevError,
  type OptionKinds,
  requireOptions,
  requireText,
  requireUniversal,
  tryingEntries,
} from '@levattention/core/internal'
import { throwIfAborted, unlessAborted } from '../aborts/abort.ts'
import { heard } from '../aborts/listener.ts'
import { checkOutputs } from '../files/check-outputs.ts'
import { requireWeights } from '../jobs/merge.ts'
import { placeUniversal } from '../solve/stage-universal.ts'
import { byTurns } from '../tasks/by-turns.ts'
import type { CallOptions } from './call-options.ts'
import { CALL } from './library-options.ts'
import { requireOrigin } from './merge-call.ts'

/** How a set is written; `onProgress` is told of bytes. */
export interface SaveOptions extends CallOptions {
  /** Replaces a file that stands there. */
  readonly force?: boolean
}

/** Waited for at most after an abort. */
const REMOVAL_MS = 60

const KINDS: OptionKinds<SaveOptions> = { force: FLAG, ...CALL }

/**
 * Writes `universal` to `path`: a .lev, which `openUniversalSet`, `lev.merge` and the command open, or a .npz for NumPy; the bytes
 * that the command writes. It appears whole or not at all. Rejects with Option (a set of p other than 2 that was made without
 * `mergeable: true`, or a copy), CannotWrite, Aborted.
 */
export async function saveUniversalSet(
  universal: UniversalSet,
  path: string,
  options: SaveOptions = {},
): Promise<void> {
  requireUniversal(universal)
  requireText('saveUniversalSet: path', path, "saveUniversalSet(universal, 'u.lev')")
  requireOptions<SaveOptions>('saveUniversalSet', KINDS, options)
  if (!['.lev', '.npz'].includes(extname(path))) {
    const message = `saveUniversalSet: path is ${path}; a universal set is written to a name that ends in .lev or .npz`
    throw new LevError('Option', message, { file: path })
  }
  const origin = requireOrigin('universal', universal)
  requireWeights('universal', universal, origin)
  const { force = false } = options
  await byTurns(tryingEntries(universal), options.signal)
  throwIfAborted(options.signal)
  checkOutputs([{ path, option: 'path' }], force)
  await heard(options, async (own) => {
    const placed = placeUniversal([path], { universal, origin }, force, undefined, own)
    try {
      await unlessAborted(placed, own.signal)
    } catch (error) {
      // Its temporary file is gone then; but who gives up need not wait for a disk that does not answer.
      await Promise.race([placed.catch(() => undefined), delay(REMOVAL_MS, undefined, { ref: false })])
      throw error
    }
  })
}
