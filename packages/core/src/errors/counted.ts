/** `3 rows`, `1 row`, `2 queries`: a count and its noun, which agree. */
export function counted(count: number | bigint, noun: string): string {
  return `${count} ${nounFor(count, noun)}`
}

/** `noun` in the plural unless `count` is 1. */
export function nounFor(count: number | bigint, noun: string): string {
  if (Number(count) === 1) return noun
  if (/[^aeiou]y$/.test(noun)) return `${noun.slice(0, -1)}ies`
  return /(ch|x|ss)$/.test(noun) ? `${noun}es` : `${noun}s`
}
