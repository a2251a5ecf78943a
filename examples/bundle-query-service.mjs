// @ts-check
// One folder that runs the query service without node_modules: node examples/bundle-query-service.mjs OUTDIR
//   node OUTDIR/query-service.mjs U.lev
// The thread's file and the kernels are looked for beside the program under the names that they get here.
import { build } from 'esbuild'

const [outdir = 'query-service'] = process.argv.slice(2)
await build({
  entryPoints: {
    'query-service': 'examples/query-service.mjs',
    'actor-entry': '@levattention/worker/actor-entry',
    kernels: '@levattention/core/kernels.wasm',
    'kernels-relaxed': '@levattention/core/kernels-relaxed.wasm',
  },
  outdir,
  bundle: true,
  splitting: true, // parts that are loaded only when needed stay apart
  format: 'esm',
  platform: 'node',
  outExtension: { '.js': '.mjs' },
  loader: { '.wasm': 'copy' },
  external: ['piscina'], // the pool for universal sets of large inputs, which this service is given ready-made
  logLevel: 'warning',
})
