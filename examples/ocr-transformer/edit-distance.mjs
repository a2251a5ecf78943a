// @ts-check
/**
 * The least number of characters put in, left out or replaced that make one text of the other.
 * @param {string} from
 * @param {string} to
 */
export function editDistance(from, to) {
  let above = Array.from({ length: to.length + 1 }, (_, j) => j)
  for (let i = 1; i <= from.length; i++) {
    const row = [i]
    for (let j = 1; j <= to.length; j++)
      row.push(Math.min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (from[i - 1] === to[j - 1] ? 0 : 1)))
    above = row
  }
  return above[to.length]
}
