import { createHash, type Hash } from 'node:crypto'

/** Digests of arrays that many requests share: a factor goes to every shard. */
const known = new WeakMap<ArrayBufferView, Buffer>()

/** SHA-256 of plain data, in hexadecimal: equal for equal values, typed arrays by type and bytes. Fields that are undefined are absent. */
export function digestOf(value: unknown): string {
  const hash = createHash('sha256')
  add(hash, value)
  return hash.digest('hex')
}

function add(hash: Hash, value: unknown): void {
  if (ArrayBuffer.isView(value)) hash.update(`${value.constructor.name}:`).update(digestOfView(value))
  else if (Array.isArray(value)) {
    hash.update(`[${value.length}:`)
    for (const item of value) add(hash, item)
  } else if (typeof value === 'object' && value !== null) {
    const fields = Object.entries(value).filter(([, field]) => field !== undefined)
    hash.update(`{${fields.length}:`)
    for (const [name, field] of fields.sort(([a], [b]) => (a < b ? -1 : 1))) {
      hash.update(`${name.length}:${name}`)
      add(hash, field)
    }
  } else if (typeof value === 'number') hash.update(`n${Object.is(value, -0) ? '-0' : value};`)
  else if (typeof value === 'string') hash.update(`s${value.length}:${value}`)
  else hash.update(`${typeof value}:${String(value)};`)
}

function digestOfView(view: ArrayBufferView): Buffer {
  let digest = known.get(view)
  if (digest === undefined) {
    const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
    digest = createHash('sha256').update(`${bytes.length}:`).update(bytes).digest()
    known.set(view, digest)
  }
  return digest
}
