import { extname } from 'node:path'
import { LevError, readWholeFile } from '@levattention/core/internal'
import type { Layout } from '../facts/layout.ts'
import type { ReportOptions } from './report-options.ts'

/** A page with it is still mailed and opened on a phone. */
const MOST_PICTURE_BYTES = 2 ** 21
const MOST_TOKEN_BYTES = 2 ** 27

const PICTURES: Readonly<Record<string, { readonly type: string; readonly begins: readonly number[] }>> = {
  '.png': { type: 'image/png', begins: [0x89, 0x50, 0x4e, 0x47] },
  '.jpg': { type: 'image/jpeg', begins: [0xff, 0xd8, 0xff] },
  '.jpeg': { type: 'image/jpeg', begins: [0xff, 0xd8, 0xff] },
  '.webp': { type: 'image/webp', begins: [0x52, 0x49, 0x46, 0x46] },
  '.gif': { type: 'image/gif', begins: [0x47, 0x49, 0x46, 0x38] },
}

/** What the keys are, by --grid, --prefix-tokens and --tokens. Throws Option, NotFound, Content. */
export function layoutOf({ grid, prefixTokens = 0, tokens }: ReportOptions): Layout {
  if (grid && tokens !== undefined) {
    const message = '--grid and --tokens both say what keys are: cells of a picture or words; leave one out'
    throw new LevError('Option', message, { option: 'tokens' })
  }
  if (grid) return { kind: 'grid', height: grid.height, width: grid.width, prefix: prefixTokens }
  return tokens === undefined ? { kind: 'rows' } : { kind: 'tokens', tokens: readTokens(tokens) }
}

/** The picture as a data address. Throws Option (no grid, no picture, too large), NotFound, Content. */
export function readPicture({ image, grid }: ReportOptions): string | undefined {
  if (image === undefined) return undefined
  if (!grid) {
    const message = '--image is laid under the cells of a grid: say how many there are, as in `--grid 14x14`'
    throw new LevError('Option', message, { option: 'image' })
  }
  const kind = PICTURES[extname(image).toLowerCase()]
  if (kind === undefined) {
    const message = `--image ${image}: it takes a .png, .jpg, .webp or .gif`
    throw new LevError('Option', message, { file: image, option: 'image' })
  }
  const bytes = readWholeFile(image, MOST_PICTURE_BYTES)
  if (kind.begins.some((byte, i) => bytes[i] !== byte))
    throw new LevError('Content', `${image} is no ${kind.type} by its first bytes`, {
      file: image,
      option: 'image',
    })
  return `data:${kind.type};base64,${Buffer.from(bytes).toString('base64')}`
}

/** A JSON list of words, one a key. */
function readTokens(path: string): readonly string[] {
  const bytes = readWholeFile(path, MOST_TOKEN_BYTES)
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    value = undefined
  }
  if (Array.isArray(value) && value.every((token) => typeof token === 'string')) return value
  const message = `${path} is no JSON list of words; it takes one for each key, as in ["the", "white", "whale"]`
  throw new LevError('Content', message, { file: path, option: 'tokens' })
}
