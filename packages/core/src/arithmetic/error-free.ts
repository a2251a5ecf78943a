const SPLITTER = 2 ** 27 + 1

/** x y - fl(x y) exactly (Dekker 1971), for factors below 2^995 in size; `product` is fl(x y). */
export function productError(x: number, y: number, product: number): number {
  const xHigh = SPLITTER * x - (SPLITTER * x - x)
  const yHigh = SPLITTER * y - (SPLITTER * y - y)
  const xLow = x - xHigh
  const yLow = y - yHigh
  return xLow * yLow - (product - xHigh * yHigh - xLow * yHigh - xHigh * yLow)
}

/** a + b - fl(a + b) exactly (Knuth); `sum` is fl(a + b). */
export function sumError(a: number, b: number, sum: number): number {
  const shadow = sum - a
  return a - (sum - shadow) + (b - shadow)
}
