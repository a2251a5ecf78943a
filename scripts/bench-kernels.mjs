// @ts-check
// Rates of every kernel, one thread, in about 15 seconds: node scripts/bench-kernels.mjs [native|wasm|scalar]
// Needs a build. The best tenth of the calls counts, so that a busy machine shows less.
import { cpus } from 'node:os'
import { kernelRates } from '#coordinator/bench/kernel-rates'
import {
  compileKernels,
  findNative,
  kernelsOf,
  kernelSource,
  scalarKernels,
} from '@levattention/core/internal'

const DIMS = [16, 32, 64, 128, 256]

const found = await findNative()
const native = process.argv[2] !== 'wasm' && found.state === 'built' ? found.choice : undefined
if (process.argv[2] === 'native' && !native) throw new Error(`the native kernels are ${found.state}`)
const kernels =
  process.argv[2] === 'scalar'
    ? scalarKernels()
    : kernelsOf(kernelSource(await compileKernels(), undefined, native))

console.log(`${kernels.name} kernels, Node ${process.version}, ${cpus()[0].model}`)
console.log(['kernel'.padEnd(28), 'rows', ...DIMS.map((dim) => `d=${dim}`.padStart(7))].join(' '))
let line = ''
for (const { kernel, element, dim, rate, unit } of kernelRates(kernels, DIMS)) {
  if (dim === DIMS[0]) line = `${kernel}, ${unit === 'flops' ? 'GF/s' : 'GB/s'}`.padEnd(28) + ` ${element} `
  line += ` ${(rate / 1e9).toFixed(1).padStart(7)}`
  if (dim === DIMS[DIMS.length - 1]) console.log(line)
}
