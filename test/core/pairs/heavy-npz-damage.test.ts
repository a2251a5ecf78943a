// Catches: damage of a .npz of heavy pairs that passes, and archives of others that are taken for ours. Cannot catch: damage
// that keeps every checksum.
import fs from 'node:fs'
import { join } from 'node:path'
import { readHeavyPairs } from '@levattention/core/internal'
import { describe, expect, test } from 'vitest'
import { fixedCase, pairsIn, readAll } from './heavy-support.ts'
import { PYTHON_TIMEOUT_MS, errorOf, pythonWith, runPython, testFolder } from '../files/output-support.ts'
import { LIMITS, write } from './heavy-npz-support.ts'

describe('damage', () => {
  test.each(['usual', 'zip64 everywhere'])(
    'a flipped byte is refused or changes nothing that is read: %s',
    async (name) => {
      const path = join(testFolder(), 'heavy.npz')
      const good = await write(path, fixedCase, LIMITS[name])
      const read = (): string => {
        const reader = readHeavyPairs(path)
        try {
          const { meta, shape, uncertified } = reader
          const perQuery = [reader.perQuery('mass', 0, 5), reader.perQuery('slack', 0, 5)]
          return JSON.stringify([pairsIn(reader.batches()), meta, shape, uncertified, perQuery])
        } finally {
          reader.close()
        }
      }
      const expected = read()
      let harmless = 0
      const file = fs.openSync(path, 'r+')
      for (let i = 0; i < good.length; i++) {
        fs.writeSync(file, Uint8Array.of(good[i] ^ 0xff), 0, 1, i)
        try {
          expect(read()).toBe(expected)
          harmless++
        } catch (error) {
          expect(error, `byte ${i}`).toMatchObject({
            name: 'LevError',
            tag: 'Content',
            // A member's header that cannot be read names the member.
            place: { file: expect.stringContaining(path) as string },
          })
        }
        fs.writeSync(file, good, i, 1, i)
      }
      fs.closeSync(file)
      // Dates, versions, attributes and the copies of sizes in local headers.
      expect(harmless).toBeLessThan(good.length / 5)
    },
  )

  test('every truncation and trailing bytes are refused', async () => {
    const path = join(testFolder(), 'heavy.npz')
    const good = await write(path, fixedCase)
    for (let length = 0; length < good.length; length += 7) {
      fs.writeFileSync(path, good.subarray(0, length))
      errorOf('Content', () => readHeavyPairs(path))
    }
    fs.writeFileSync(path, Buffer.concat([good, Buffer.of(0)]))
    errorOf('Content', () => readHeavyPairs(path))
  })

  test('other archives are refused by what they lack', { timeout: PYTHON_TIMEOUT_MS }, (context) => {
    const python = pythonWith('numpy') ?? context.skip('no python3 with numpy here')
    const folder = testFolder()
    const csr = "format=b'csr', shape=np.array([2, 3])"
    const rest = 'data=np.ones(1), indices=np.array([0]), indptr=np.array([0, 1, 1]), dots=np.ones(1)'
    const cases: [string, string][] = [
      ['np.savez(f, a=np.ones(3))', 'no csr matrix'],
      [`np.savez_compressed(f, ${csr}, ${rest.replace('[0, 1, 1]', '[0, 2, 1]')})`, 'indptr'],
      [`np.savez(f, ${csr}, data=np.ones(1), indices=np.array([0]))`, 'indptr'],
      [`np.savez(f, ${csr}, ${rest.replace(', dots=np.ones(1)', '')}, slack=np.zeros(2))`, 'dots'],
      [`np.savez(f, ${csr}, ${rest.replace('[0, 1, 1]', '[0, 2, 1]')})`, 'indptr'],
      [`np.savez(f, ${csr}, ${rest.replace('[0, 1, 1]', '[1, 1, 1]')})`, 'indptr'],
      [`np.savez(f, ${csr}, ${rest.replace('[0, 1, 1]', '[0, 1]')})`, 'indptr'],
      [`np.savez(f, ${csr}, ${rest.replace('np.array([0])', 'np.array([3])')})`, 'indices'],
      [`np.savez(f, ${csr}, ${rest.replace('np.array([0])', 'np.array([-1])')})`, '64-bit integer'],
      [`np.savez(f, ${csr}, ${rest.replace('np.array([0])', "np.array([0], '>i4')")})`, 'int32'],
      [`np.savez(f, ${csr}, ${rest.replace('data=np.ones(1)', 'data=np.array([np.nan])')})`, 'not finite'],
      [`np.savez(f, ${csr}, ${rest}, meta=b'[1]')`, 'JSON object'],
      [`np.savez(f, ${csr}, ${rest}, meta=b'{')`, 'JSON object'],
      [`np.savez(f, ${csr}, ${rest}, meta=np.ones(2))`, 'float64'],
    ]
    const script = `import sys, numpy as np\n${cases.map(([call], i) => `f = sys.argv[1] + '/${i}.npz'\n${call}`).join('\n')}\nprint(1)`
    runPython(python, script, [folder])
    for (const [i, [, said]] of cases.entries()) {
      expect(errorOf('Content', () => readAll(join(folder, `${i}.npz`))).message).toContain(said)
    }
  })
})
