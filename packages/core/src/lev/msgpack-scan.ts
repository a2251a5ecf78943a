/** A header or part nests less. */
const MOST_DEPTH = 64
/** A header has one a block, and a few more. */
const MOST_MAPS = 1024
/** Extension types of msgpackr: undefined, typed arrays, references to a value that was met before. */
const OPAQUE_EXTENSIONS: readonly number[] = [0x00, 0x74, 0x70]
/** Gives the value behind it a number for later references. */
const NUMBERED_EXTENSION = 0x69
/** Begins a record: its field names, then their values; later records of these fields are one byte and the values. */
const RECORD_EXTENSION = 0x72

const BYTES_OF: Readonly<Record<number, number>> = {
  0xca: 4,
  0xcb: 8,
  0xcc: 1,
  0xcd: 2,
  0xce: 4,
  0xcf: 8,
  0xd0: 1,
  0xd1: 2,
  0xd2: 4,
  0xd3: 8,
}

/**
 * What is wrong with the msgpack value in `bytes`, undefined where nothing is: one value, whole, no list or map longer
 * than the bytes behind its head, no deep nesting, few maps. A decoder allocates by heads alone, so this goes before it. `rich`: any
 * number of maps, and what msgpackr writes of records, typed arrays and references; else none of them.
 */
export function msgpackFault(bytes: Uint8Array, { rich = false } = {}): string | undefined {
  try {
    new Scan(bytes, rich).run()
    return undefined
  } catch (error) {
    if (error instanceof ScanFault) return error.message
    throw error
  }
}

class ScanFault extends Error {}

class Scan {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #rich: boolean
  readonly #recordFields = new Map<number, number>()
  /** Values still to come, a number for each container that is open. */
  readonly #open: number[] = [1]
  #maps = 0
  #at = 0

  constructor(bytes: Uint8Array, rich: boolean) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#rich = rich
  }

  run(): void {
    while (this.#open.length > 0) {
      const last = this.#open.length - 1
      if (this.#open[last] === 0) this.#open.pop()
      else {
        this.#open[last]--
        this.#value()
      }
    }
    if (this.#at !== this.#bytes.length) throw new ScanFault('bytes follow its value')
  }

  #value(): void {
    const head = this.#uint(1)
    if (head < 0x80) this.#recordOrNumber(head)
    else if (head < 0x90) this.#map(head & 0x0f)
    else if (head < 0xa0) this.#contain(head & 0x0f)
    else if (head < 0xc0) this.#skip(head & 0x1f)
    else if (head >= 0xe0 || head === 0xc0 || head === 0xc2 || head === 0xc3) return
    else if (head in BYTES_OF) this.#skip(BYTES_OF[head])
    else if (head >= 0xc4 && head <= 0xc6) this.#skip(this.#uint(2 ** (head - 0xc4)))
    else if (head >= 0xc7 && head <= 0xc9) this.#extension(this.#uint(2 ** (head - 0xc7)))
    else if (head >= 0xd4 && head <= 0xd8) this.#extension(2 ** (head - 0xd4))
    else if (head >= 0xd9 && head <= 0xdb) this.#skip(this.#uint(2 ** (head - 0xd9)))
    else if (head === 0xdc || head === 0xdd) this.#contain(this.#uint(head === 0xdc ? 2 : 4))
    else if (head === 0xde || head === 0xdf) this.#map(this.#uint(head === 0xde ? 2 : 4))
    else throw new ScanFault('it holds a byte that begins no value')
  }

  #recordOrNumber(head: number): void {
    const fields = this.#recordFields.get(head)
    if (fields !== undefined) this.#contain(fields)
  }

  #extension(length: number): void {
    const type = this.#uint(1)
    if (this.#rich && type === RECORD_EXTENSION && length === 1) this.#record(this.#uint(1))
    else if (this.#rich && type === NUMBERED_EXTENSION && length === 4) {
      this.#skip(4)
      this.#contain(1)
    } else if (this.#rich && OPAQUE_EXTENSIONS.includes(type)) this.#skip(length)
    else throw new ScanFault('it holds a value of a foreign type')
  }

  #record(id: number): void {
    const head = this.#uint(1)
    const fields = head >= 0x90 && head < 0xa0 ? head & 0x0f : head === 0xdc ? this.#uint(2) : -1
    if (fields < 0) throw new ScanFault('it holds a record without fields')
    for (let i = 0; i < fields; i++) {
      const name = this.#uint(1)
      if (name >= 0xa0 && name < 0xc0) this.#skip(name & 0x1f)
      else if (name === 0xd9) this.#skip(this.#uint(1))
      else throw new ScanFault('it holds a record whose fields have no names')
    }
    this.#recordFields.set(id, fields)
    this.#contain(fields)
  }

  #map(count: number): void {
    if (++this.#maps > MOST_MAPS && !this.#rich) throw new ScanFault(`it holds more than ${MOST_MAPS} maps`)
    this.#contain(2 * count)
  }

  #contain(count: number): void {
    if (count > this.#bytes.length - this.#at)
      throw new ScanFault(`it says ${count} values where ${this.#bytes.length - this.#at} bytes are left`)
    if (this.#open.length > MOST_DEPTH) throw new ScanFault('it is nested too deeply')
    this.#open.push(count)
  }

  #uint(width: number): number {
    const at = this.#at
    this.#skip(width)
    if (width === 1) return this.#view.getUint8(at)
    return width === 2 ? this.#view.getUint16(at) : this.#view.getUint32(at)
  }

  #skip(count: number): void {
    if (count > this.#bytes.length - this.#at) throw new ScanFault('it ends inside a value')
    this.#at += count
  }
}
