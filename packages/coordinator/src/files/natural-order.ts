/** Compares names as people count: part2 before part10. The same on every machine, whatever its language. */
export function naturalOrder(a: string, b: string): number {
  const left = pieces(a)
  const right = pieces(b)
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const order = comparePieces(left[i], right[i])
    if (order !== 0) return order
  }
  return left.length - right.length || compareText(a, b)
}

/** Runs of digits and what lies between them. */
function pieces(name: string): string[] {
  return name.match(/\d+|\D+/g) ?? []
}

function comparePieces(a: string, b: string): number {
  if (!isDigits(a) || !isDigits(b)) return compareText(a, b)
  // As digits, not as numbers: a run may be longer than a number is exact.
  const [x, y] = [a.replace(/^0+(?=\d)/, ''), b.replace(/^0+(?=\d)/, '')]
  return x.length - y.length || compareText(x, y)
}

function isDigits(piece: string): boolean {
  return /^\d/.test(piece)
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
