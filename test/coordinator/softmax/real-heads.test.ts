// Catches: a softmax pair of a real head that is missed, extra or told wrong, for every way to say which pairs and keys there are;
// bytes that depend on workers or kernels. Cannot catch: heads of another kind than those of ../shared/data. The quick tier tries a
// few heads, the slow one all.
import { readFileSync, writeFileSync } from 'node:fs'
import { npyHeader } from '@levattention/core/internal'
import { afterAll, expect, test } from 'vitest'
import { readNpyMatrix } from '../../support/npy.mjs'
import { describeShared, sharedSets } from '../../support/shared-data.ts'
import type { SoftmaxPairOptions } from '../../support/softmax-oracle.ts'
import { tiered } from '../../support/tier.ts'
import { Workspace } from '../cli/bin.ts'
import { jsonHere, runHere } from '../cli/in-process.ts'
import { type Dense, denseOf, expectRight } from './dense-check.ts'

const work = new Workspace()
afterAll(() => work.remove())

const CAUSAL = { causal: true }
/** Options of the command, and the same in the oracle's names. */
const ASKED: readonly (readonly [line: string, options: SoftmaxPairOptions])[] = [
  ['--epsilon .1', { epsilon: 0.1 }],
  ['--epsilon .01', { epsilon: 0.01 }],
  ['--epsilon .001', { epsilon: 0.001 }],
  ['--epsilon .1 --causal', { epsilon: 0.1, ...CAUSAL }],
  ['--epsilon .01 --causal', { epsilon: 0.01, ...CAUSAL }],
  ['--epsilon .001 --causal', { epsilon: 0.001, ...CAUSAL }],
  ['--top 8', { top: 8 }],
  ['--top 8 --causal', { top: 8, ...CAUSAL }],
  ['--epsilon .01 --causal --sliding-window 64', { epsilon: 0.01, ...CAUSAL, slidingWindow: 64 }],
  ['--epsilon .01 --precision f64', { epsilon: 0.01 }],
  ['--epsilon .01 --key-mask MASK', { epsilon: 0.01 }],
]
const heads = sharedSets().filter(({ kind }) => kind === 'head')
const FEW = tiered(
  ['vit-nagasaki-boats-256px-L6-h0'],
  ['vit-nagasaki-boats-256px-L6-h0', 'lm-moby-n512-L2-h3', 'ocr-line0-n512-L0-h2'],
)

describeShared('softmax pairs of every real head', () => {
  const tried = heads.filter(({ name }) => tiered(FEW.includes(name), true))

  test.each(tried)(
    '$name [$rows, $cols]',
    { timeout: 300_000 },
    async ({ name, keysPath, queriesPath = '', rows }) => {
      const dense = denseOf(readNpyMatrix(keysPath), readNpyMatrix(queriesPath))
      const keyMask = Uint8Array.from({ length: rows }, (_, row) => (row % 7 === 3 || row < 5 ? 0 : 1))
      writeFileSync(work.path(`${name}.npy`), Buffer.concat([npyHeader('|b1', [rows]), keyMask]))
      const inputs = ['--keys', keysPath, '--queries', queriesPath]
      for (const [line, options] of ASKED) {
        const isMasked = line.endsWith('MASK')
        const asked = line.replace('MASK', `${name}.npy`).split(' ')
        const pairs = await tryLine(inputs, asked, dense, isMasked ? { ...options, keyMask } : options)
        // A flat head has no heavy pair; each has its largest.
        if (options.top !== undefined) expect(pairs).toBeGreaterThan(7 * rows)
      }
    },
  )

  async function tryLine(
    inputs: readonly string[],
    asked: readonly string[],
    dense: Dense,
    options: SoftmaxPairOptions,
  ): Promise<number> {
    const line = [
      '--attention',
      'softmax',
      ...inputs,
      ...asked,
      '--out',
      'h.npz',
      '--force',
      '--workers',
      '0',
    ]
    const summary = await jsonHere(work, 'run', ...line)
    const most = asked.includes('f64') ? 1e-9 : 1e-3
    const pairs = expectRight(work.path('h.npz'), dense, options, most)
    expect(summary).toMatchObject({ attention: 'softmax', pairs, emptyRows: summary['emptyRows'] })
    expect(summary['scoreSlack']).toBeLessThanOrEqual(most)
    return pairs
  }

  test.each(heads.filter(({ name }) => FEW.includes(name)))(
    '$name: verify finds it right, and bytes are the same for any workers and kernels',
    { timeout: 120_000 },
    async ({ keysPath, queriesPath = '' }) => {
      const inputs = ['--keys', keysPath, '--queries', queriesPath]
      for (const asked of [
        ['--epsilon', '.01'],
        ['--top', '8', '--causal'],
      ]) {
        const bytes = new Set<string>()
        for (const workers of tiered(['0', '2'], ['0', '1', '2', '5']))
          for (const kernels of ['wasm', 'scalar']) {
            const how = ['--workers', workers, '--kernels', kernels, '--out', 's.npz', '--force', '--quiet']
            const ran = await runHere(work, 'run', '--attention', 'softmax', ...inputs, ...asked, ...how)
            expect(ran).toMatchObject({ exitCode: 0 })
            bytes.add(readFileSync(work.path('s.npz')).toString('base64'))
          }
        expect(bytes.size).toBe(1)
        expect(await jsonHere(work, 'verify', ...inputs, '--heavy', 's.npz')).not.toHaveProperty('difference')
      }
    },
  )
})
