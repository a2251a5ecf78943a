/** Numbers of test inputs: the same at every run and on every machine. */
export function* normals(seed) {
  const next = mulberry32(seed)
  while (true) {
    const radius = Math.sqrt(-2 * Math.log(1 - next()))
    const angle = 2 * Math.PI * next()
    yield radius * Math.cos(angle)
    yield radius * Math.sin(angle)
  }
}

/** Uniform in [0, 1). */
export function mulberry32(seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let word = Math.imul(state ^ (state >>> 15), state | 1)
    word = (word + Math.imul(word ^ (word >>> 7), word | 61)) ^ word
    return ((word ^ (word >>> 14)) >>> 0) / 2 ** 32
  }
}

/** `make(i, normal)` for i in [0, length), with the normals of `seed`. */
export function filled(Type, length, seed, make) {
  const source = normals(seed)
  return Type.from({ length }, (_, i) => make(i, source.next().value))
}
