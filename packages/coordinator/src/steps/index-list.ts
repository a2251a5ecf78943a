/** '0-3,7' of ascending whole numbers: as people and sbatch --array read them. */
export function indexList(indices: readonly number[]): string {
  const runs: [first: number, last: number][] = []
  for (const index of indices) {
    const run = runs.at(-1)
    if (run && run[1] === index - 1) run[1] = index
    else runs.push([index, index])
  }
  return runs.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(',')
}
