import { optionText } from '../arguments/option-text.ts'
import { LevError } from '../errors/errors.ts'
import { counted } from '../errors/counted.ts'
import { requireFloatArray, matrixPart } from './matrix-part.ts'
import { BYTES_PER_ELEMENT, type DType, elementOf, newRows } from '../matrix/matrix-source.ts'
import { roundedText, widenTail } from '../matrix/widen.ts'
import { type FileStart, type Look, START_BYTES } from '../foreign/file-start.ts'
import { areNamedVectors, fromPipe } from '../foreign/structures.ts'
import { shortText } from '../foreign/text-look.ts'
import { lookOf } from '../foreign/look.ts'
import { isNpy, readNpyHeader } from '../formats/npy.ts'
import { rawLayout, type RawOptions } from '../formats/raw.ts'
import { badContent, refusal } from '../files/refusal.ts'
import { elementCount, shapeText } from '../formats/stored-array.ts'
import { withBfloat16 } from './input-advice.ts'
import { ByteFeed } from '../files/byte-feed.ts'

const BLOCK_BYTES = 2 ** 20

/** Rows that arrive once and in order. */
export interface RowStream {
  /** For messages. */
  readonly name: string
  readonly cols: number
  readonly element: 'f32' | 'f64'
  /** Elements of a .npy that were taken as bfloat16 because the options say so. */
  readonly isBfloat16: boolean
  /** Rows that a .npy header promises; undefined for raw bytes. */
  readonly rows: number | undefined
  /** Whole rows [count, cols], overwritten by the next block. Throws Content (ends inside a row, other length than promised). */
  blocks(): AsyncGenerator<Float32Array | Float64Array, void, void>
}

interface Layout {
  readonly cols: number
  readonly dtype: DType
  readonly bigEndian: boolean
  readonly rows: number | undefined
}

/**
 * The matrix in a stream of bytes: .npy where it begins as one (row-major), else raw by `options`. Reads up to the first
 * row. Throws Content (no bytes, no matrix that can be read in one pass), Option.
 */
export async function openRowStream(
  bytes: AsyncIterable<Uint8Array>,
  options: RawOptions,
  name: string,
): Promise<RowStream> {
  const feed = new ByteFeed(bytes)
  await feed.want(6)
  if (feed.length === 0)
    throw badContent(
      name,
      'no bytes came; pipe the keys into it, as in `cat K.npy | levattention build - --out u.lev`',
    )
  const isBfloat16 = options.dtype === 'bf16'
  const isNpyStream = isNpy(feed.peek())
  const layout = isNpyStream
    ? await npyLayout(feed, name, isBfloat16)
    : await streamedRaw(feed, options, name)
  return {
    name,
    cols: layout.cols,
    element: elementOf(layout.dtype),
    isBfloat16: isNpyStream && layout.dtype === 'bf16',
    rows: layout.rows,
    blocks: () => rowBlocks(feed, layout, name),
  }
}

async function npyLayout(feed: ByteFeed, name: string, isBfloat16: boolean): Promise<Layout> {
  await feed.want(12)
  const start = feed.peek()
  const [wide, low, high] = [start[6] > 1, start[8], start[9]]
  const textBytes = low + 256 * high
  // A longer text is refused by its length alone.
  if (start.length >= 12) await feed.want((wide ? 12 : 10) + textBytes)
  const streamBytes = feed.ended ? feed.length : Infinity
  const header = readNpyHeader((position, length) => feed.peek().subarray(position, position + length), {
    path: name,
    name: '',
    offsetBytes: 0,
    streamBytes,
    fileBytes: 0,
    mtimeMs: 0,
    deflated: false,
  })
  const array = withBfloat16(header, isBfloat16)
  const { shape, fortranOrder, bigEndian, offsetBytes } = array
  const width = array.dtype === undefined ? 0 : BYTES_PER_ELEMENT[array.dtype]
  // How many bytes there are shows at the stream's end.
  const floats = requireFloatArray({ ...array, availableBytes: elementCount(shape) * width })
  if (shape.length !== 2)
    throw badContent(
      name,
      `shape ${shapeText(shape)} is no matrix [rows, columns]; save one matrix by itself`,
    )
  matrixPart(floats, { index: [':', ':'], rowAxis: 0, columnAxis: 1 })
  const [rows, cols] = shape
  if (fortranOrder && rows > 1 && cols > 1) {
    const advice = 'save it row-major, or name the file instead of piping it'
    throw badContent(name, `column-major: its first row ends only at the stream's end; ${advice}`)
  }
  feed.take(offsetBytes)
  return { rows, cols, dtype: floats.dtype, bigEndian }
}

async function streamedRaw(feed: ByteFeed, options: RawOptions, name: string): Promise<Layout> {
  const layout = rawLayout(options)
  // However the bytes arrive, the same ones are looked at.
  await feed.want(START_BYTES)
  const look = lookOf(startOf(feed))
  if (look !== undefined && (layout === undefined || layout.offsetBytes === 0 || look.opaque))
    throw badContent(name, `${layout === undefined ? '' : 'no raw numbers but '}${streamAdvice(look)}`)
  const text = layout === undefined ? shortText(startOf(feed)) : undefined
  if (text !== undefined) throw badContent(name, streamAdvice(text))
  if (layout === undefined)
    throw refusal(
      'Content',
      name,
      'no .npy; raw little-endian numbers need their type and number of columns',
      { remedy: { kind: 'raw' } },
    )
  const { dtype, cols, offsetBytes, isFortran } = layout
  if (isFortran) {
    const advice = 'its first row ends only at its end; name the file instead of piping it'
    throw new LevError('Option', `${name}: ${optionText('order', 'F')} is for files: of a stream ${advice}`, {
      option: 'order',
    })
  }
  for (let left = offsetBytes; left > 0;) {
    const step = Math.min(left, BLOCK_BYTES)
    if (!(await feed.want(step)))
      throw badContent(
        name,
        `--offset ${offsetBytes} lies behind its end: ${counted(offsetBytes - left + feed.length, 'byte')} came`,
      )
    feed.take(step)
    left -= step
  }
  if (!(await feed.want(1))) throw badContent(name, `no bytes came behind --offset ${offsetBytes}`)
  return { rows: undefined, cols, dtype, bigEndian: false }
}

function startOf(feed: ByteFeed): FileStart {
  const bytes = feed.peek().subarray(0, START_BYTES)
  if (!feed.ended) return { bytes }
  return { bytes, byteLength: feed.length, lastByte: feed.peek().at(-1) }
}

function streamAdvice(look: Look): string {
  const { what, advice, holds } = look
  if (areNamedVectors(look)) return `${what}, which are read from a file: ${fromPipe(what, 'K')}`
  if (holds === 'table' || what === 'a Parquet file')
    return `${what}, which is read from a file: name it instead of piping it`
  if (what.startsWith('compressed by gzip'))
    return `${what}; inflate it on the way, as \`zcat K.npy.gz | levattention build - --out u.lev\` does`
  if (what === 'a ZIP archive')
    return 'a .npz (or another ZIP), whose directory comes last: name the file instead'
  return advice === undefined ? what : `${what}; ${advice}`
}

async function* rowBlocks(
  feed: ByteFeed,
  layout: Layout,
  name: string,
): AsyncGenerator<Float32Array | Float64Array, void, void> {
  const { cols, dtype, rows = Infinity } = layout
  const rowBytes = cols * BYTES_PER_ELEMENT[dtype]
  const blockRows = Math.max(1, Math.floor(BLOCK_BYTES / rowBytes))
  const block = new Uint8Array(blockRows * rowBytes)
  const decode = decoder(layout, block, blockRows * cols, name)
  let row = 0
  while (row < rows) {
    const wanted = Math.min(blockRows, rows - row)
    const got = await feed.fill(block.subarray(0, wanted * rowBytes))
    const whole = Math.floor(got / rowBytes)
    if (whole > 0) yield decode(whole * cols, row)
    row += whole
    if (whole < wanted) {
      requireEnd(layout, row, got - whole * rowBytes, rowBytes, name)
      return
    }
  }
  if (await feed.want(1)) {
    const message = `goes on behind the ${counted(rows, 'row')} that its .npy header says; was something else piped after it?`
    throw refusal('Content', name, message, { row: rows })
  }
}

/** The stream ended after `row` rows and `rest` bytes. */
function requireEnd({ rows, cols }: Layout, row: number, rest: number, rowBytes: number, name: string): void {
  if (rows === undefined && rest === 0) return
  const promised = rows === undefined ? `d = ${cols}` : `its .npy header says ${counted(rows, 'row')}`
  const found =
    rest === 0
      ? `ends after ${counted(row, 'row')}`
      : `ends inside row ${row}: ${rest} of its ${counted(rowBytes, 'byte')} came`
  throw refusal('Content', name, `${found} (${promised}). Was the sender cut off?`, { row })
}

/** The first `count` numbers of `block`, row `row` and those behind it, as floats; `block` is overwritten where its bytes have to be swapped. */
function decoder(
  { dtype, bigEndian, cols }: Layout,
  block: Uint8Array<ArrayBuffer>,
  most: number,
  name: string,
): (count: number, row: number) => Float32Array | Float64Array {
  const width = BYTES_PER_ELEMENT[dtype]
  const element = elementOf(dtype)
  const isOwn = dtype === element
  const wide = newRows(element, isOwn ? 0 : most)
  return (count, row) => {
    const bytes = Buffer.from(block.buffer, 0, count * width)
    if (bigEndian) swap(bytes, width)
    if (isOwn)
      return dtype === 'f64'
        ? new Float64Array(block.buffer, 0, count)
        : new Float32Array(block.buffer, 0, count)
    const floats = wide.subarray(0, count)
    new Uint8Array(wide.buffer, floats.byteLength - bytes.length, bytes.length).set(bytes)
    widenTail(dtype, floats, (index) => {
      const place = { row: row + Math.floor(index / cols), column: index % cols }
      throw refusal('Content', name, roundedText(place, floats[index]), place)
    })
    return floats
  }
}

function swap(bytes: Buffer, width: number): void {
  if (width === 2) bytes.swap16()
  else if (width === 4) bytes.swap32()
  else if (width === 8) bytes.swap64()
}
