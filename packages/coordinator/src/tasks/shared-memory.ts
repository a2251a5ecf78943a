/**
 * A copy of plain data whose typed arrays lie in shared memory: sent to many tasks, they are not copied again.
 * Arrays that are shared already stay as they are.
 */
export function toSharedMemory<T>(value: T): T {
  return shared(value) as T
}

function shared(value: unknown): unknown {
  if (ArrayBuffer.isView(value)) return shareView(value)
  if (Array.isArray(value)) return value.map(shared)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, shared(field)]))
}

type NumberArray = Float64Array | Float32Array | Int32Array | Uint32Array | Uint8Array

function shareView(view: ArrayBufferView): ArrayBufferView {
  if (view.buffer instanceof SharedArrayBuffer) return view
  const from = view as NumberArray
  const make = from.constructor as new (buffer: SharedArrayBuffer) => NumberArray
  const copy = new make(new SharedArrayBuffer(from.byteLength))
  copy.set(from)
  return copy
}
