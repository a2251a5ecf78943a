// @ts-check
// What set-up ends with: which kernels run from now on, and what to type next.

/**
 * @param {import('@levattention/core/internal').FoundNative} found
 * @returns {string}
 */
export function readyLine(found) {
  const kernels = found.state === 'built' ? `native kernels (${found.choice.level})` : 'WebAssembly kernels'
  return `LevAttention is ready: ${kernels}. Next: npm run demo, or ./node_modules/.bin/levattention --help`
}
